"""The one table of directives: which there are, where they belong, what their values are.

What a directive's text becomes is the business of its grammar (`runwrap.properties.grammars`).
A grammar that the table names but that does not exist yet makes its directives known, and
refused as not supported.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from runwrap.model import UnitType

__all__ = ["DIRECTIVES", "Directive", "find", "find_elsewhere"]


class Directive(NamedTuple):
    """One directive.

    Attributes:
        name: its name, as in a unit file.
        group: the group of settings it belongs to, such as ``"cgroup"``.
        grammar: the name of its value's grammar.
        wire: the D-Bus names and signatures that it can become; none where it becomes none.
        since: the systemd version that brought it, or None where the manuals do not say.
        argument: what narrows its grammar, or "".
    """

    name: str
    group: str
    grammar: str
    wire: tuple[tuple[str, str], ...]
    since: int | None
    argument: str

    @property
    def dbus_name(self) -> str:
        """The first of its D-Bus property names."""
        return self.wire[0][0]

    @property
    def unit_types(self) -> frozenset[UnitType]:
        """The unit types, of those that can be transient, that have this directive."""
        return _UNIT_TYPES[self.group]


_EVERY: Final = frozenset(UnitType)
_UNIT_TYPES: Final[dict[str, frozenset[UnitType]]] = {
    "unit": _EVERY,
    "dependency": _EVERY,
    "condition": _EVERY,
    "cgroup": frozenset({UnitType.SERVICE, UnitType.SCOPE, UnitType.SOCKET}),
    "execute": frozenset({UnitType.SERVICE, UnitType.SOCKET}),
    "rlimit": frozenset({UnitType.SERVICE, UnitType.SOCKET}),
    "kill": frozenset({UnitType.SERVICE, UnitType.SCOPE, UnitType.SOCKET}),
    "mount": frozenset(),
    "automount": frozenset(),
    **{unit_type.value: frozenset({unit_type}) for unit_type in UnitType},
}
"""The unit types of each group (the first lines of systemd.exec(5), systemd.kill(5), ...)."""

_ROWS: Final = """
[unit]
Description string :s 215
SourcePath string :s 201 <path>|<empty>
OnFailureJobMode string :s 209 <job-mode>
JobTimeoutAction string :s 240 <unit-action>
JobTimeoutRebootArgument string :s 240
StartLimitAction string :s 229 <unit-action>
FailureAction string :s 236 <unit-action>
SuccessAction string :s 236 <unit-action>
RebootArgument string :s 229
CollectMode string :s 236 inactive|inactive-or-failed
StopWhenUnneeded boolean :b 201
RefuseManualStart boolean :b 201
RefuseManualStop boolean :b 201
AllowIsolate boolean :b 201
IgnoreOnIsolate boolean :b 201
SurviveFinalKillSignal boolean :b 255
DefaultDependencies boolean :b 201
JobTimeoutSec timespan JobTimeoutUSec:t 201
JobRunningTimeoutSec timespan JobRunningTimeoutUSec:t 201
StartLimitIntervalSec timespan StartLimitIntervalUSec:t 229
StartLimitBurst unsigned :u 229
SuccessActionExitStatus action-exit-status :i 240
FailureActionExitStatus action-exit-status :i 240
Documentation string-list :as 201 <documentation>
RequiresMountsFor string-list :as 201 <normal-path>
WantsMountsFor string-list :as 256 <normal-path>
Markers string-list :as
[dependency]
After string-list :as - <unit>
Before string-list :as - <unit>
BindsTo string-list :as - <unit>
BoundBy string-list :as - <unit>
ConflictedBy string-list :as - <unit>
Conflicts string-list :as - <unit>
ConsistsOf string-list :as - <unit>
InSlice string-list :as - <unit>
JoinsNamespaceOf string-list :as - <unit>
OnFailure string-list :as - <unit>
OnFailureOf string-list :as - <unit>
OnSuccess string-list :as - <unit>
OnSuccessOf string-list :as - <unit>
PartOf string-list :as - <unit>
PropagatesReloadTo string-list :as - <unit>
PropagatesStopTo string-list :as - <unit>
ReferencedBy string-list :as - <unit>
References string-list :as - <unit>
ReloadPropagatedFrom string-list :as - <unit>
RequiredBy string-list :as - <unit>
Requires string-list :as - <unit>
Requisite string-list :as - <unit>
RequisiteOf string-list :as - <unit>
SliceOf string-list :as - <unit>
StopPropagatedFrom string-list :as - <unit>
TriggeredBy string-list :as - <unit>
Triggers string-list :as - <unit>
UpheldBy string-list :as - <unit>
Upholds string-list :as - <unit>
WantedBy string-list :as - <unit>
Wants string-list :as - <unit>
[condition]
AssertACPower condition Asserts:a(sbbs)
AssertArchitecture condition Asserts:a(sbbs)
AssertCPUFeature condition Asserts:a(sbbs)
AssertCPUPressure condition Asserts:a(sbbs)
AssertCPUs condition Asserts:a(sbbs)
AssertCapability condition Asserts:a(sbbs)
AssertControlGroupController condition Asserts:a(sbbs)
AssertCredential condition Asserts:a(sbbs)
AssertDirectoryNotEmpty condition Asserts:a(sbbs)
AssertEnvironment condition Asserts:a(sbbs)
AssertFileIsExecutable condition Asserts:a(sbbs)
AssertFileNotEmpty condition Asserts:a(sbbs)
AssertFirmware condition Asserts:a(sbbs)
AssertFirstBoot condition Asserts:a(sbbs)
AssertGroup condition Asserts:a(sbbs)
AssertHost condition Asserts:a(sbbs)
AssertIOPressure condition Asserts:a(sbbs)
AssertKernelCommandLine condition Asserts:a(sbbs)
AssertKernelModuleLoaded condition Asserts:a(sbbs)
AssertMemory condition Asserts:a(sbbs)
AssertMemoryPressure condition Asserts:a(sbbs)
AssertNeedsUpdate condition Asserts:a(sbbs)
AssertOSRelease condition Asserts:a(sbbs)
AssertPathExists condition Asserts:a(sbbs)
AssertPathExistsGlob condition Asserts:a(sbbs)
AssertPathIsDirectory condition Asserts:a(sbbs)
AssertPathIsEncrypted condition Asserts:a(sbbs)
AssertPathIsMountPoint condition Asserts:a(sbbs)
AssertPathIsReadWrite condition Asserts:a(sbbs)
AssertPathIsSocket condition Asserts:a(sbbs)
AssertPathIsSymbolicLink condition Asserts:a(sbbs)
AssertSecurity condition Asserts:a(sbbs)
AssertUser condition Asserts:a(sbbs)
AssertVersion condition Asserts:a(sbbs)
AssertVirtualization condition Asserts:a(sbbs)
ConditionACPower condition Conditions:a(sbbs)
ConditionArchitecture condition Conditions:a(sbbs)
ConditionCPUFeature condition Conditions:a(sbbs)
ConditionCPUPressure condition Conditions:a(sbbs)
ConditionCPUs condition Conditions:a(sbbs)
ConditionCapability condition Conditions:a(sbbs)
ConditionControlGroupController condition Conditions:a(sbbs)
ConditionCredential condition Conditions:a(sbbs)
ConditionDirectoryNotEmpty condition Conditions:a(sbbs)
ConditionEnvironment condition Conditions:a(sbbs)
ConditionFileIsExecutable condition Conditions:a(sbbs)
ConditionFileNotEmpty condition Conditions:a(sbbs)
ConditionFirmware condition Conditions:a(sbbs)
ConditionFirstBoot condition Conditions:a(sbbs)
ConditionGroup condition Conditions:a(sbbs)
ConditionHost condition Conditions:a(sbbs)
ConditionIOPressure condition Conditions:a(sbbs)
ConditionKernelCommandLine condition Conditions:a(sbbs)
ConditionKernelModuleLoaded condition Conditions:a(sbbs)
ConditionKernelVersion condition Conditions:a(sbbs)
ConditionMemory condition Conditions:a(sbbs)
ConditionMemoryPressure condition Conditions:a(sbbs)
ConditionNeedsUpdate condition Conditions:a(sbbs)
ConditionOSRelease condition Conditions:a(sbbs)
ConditionPathExists condition Conditions:a(sbbs)
ConditionPathExistsGlob condition Conditions:a(sbbs)
ConditionPathIsDirectory condition Conditions:a(sbbs)
ConditionPathIsEncrypted condition Conditions:a(sbbs)
ConditionPathIsMountPoint condition Conditions:a(sbbs)
ConditionPathIsReadWrite condition Conditions:a(sbbs)
ConditionPathIsSocket condition Conditions:a(sbbs)
ConditionPathIsSymbolicLink condition Conditions:a(sbbs)
ConditionSecurity condition Conditions:a(sbbs)
ConditionUser condition Conditions:a(sbbs)
ConditionVersion condition Conditions:a(sbbs)
ConditionVirtualization condition Conditions:a(sbbs)
[cgroup]
DevicePolicy string :s 208 auto|closed|strict
Slice string :s 208 <slice>
ManagedOOMSwap string :s 247 auto|kill
ManagedOOMMemoryPressure string :s 247 auto|kill
ManagedOOMPreference string :s 248 none|avoid|omit
OOMRules string-list :as 261
MemoryPressureWatch string :s 254 <boolean>|auto|skip
CPUPressureWatch string :s 261 <boolean>|auto|skip
IOPressureWatch string :s 261 <boolean>|auto|skip
DelegateSubgroup string :s 254
ManagedOOMMemoryPressureLimit permyriad :u 247
MemoryAccounting boolean :b 208
MemoryZSwapWriteback boolean :b 256
IOAccounting boolean :b 230
TasksAccounting boolean :b 227
IPAccounting boolean :b 235
CoredumpReceive boolean :b 255
CPUWeight cg-cpu-weight-parse :t 232 idle
StartupCPUWeight cg-cpu-weight-parse :t 232 idle
IOWeight cg-weight-parse :t 230
StartupIOWeight cg-weight-parse :t 230
AllowedCPUs cpu-set :ay 244
StartupAllowedCPUs cpu-set :ay 244
AllowedMemoryNodes cpu-set :ay 244
StartupAllowedMemoryNodes cpu-set :ay 244
CPUSetPartition string :s 261
DisableControllers string-list :as 240 <controller>
Delegate delegate :b,DelegateControllers:as 218
MemoryMin size-or-percent-or-infinity :t 240 0
MemoryLow size-or-percent-or-infinity :t - 0
MemoryHigh size-or-percent-or-infinity :t 231 above-0
MemoryMax size-or-percent-or-infinity :t,MemoryMaxScale:u 231 above-0
MemorySwapMax size-or-percent-or-infinity :t 232
MemoryZSwapMax size-or-percent-or-infinity :t 253
TasksMax size-or-percent-or-infinity :t,TasksMaxScale:u 227 count
CPUQuota cpu-quota CPUQuotaPerSecUSec:t 213
CPUQuotaPeriodSec timespan-or-infinity CPUQuotaPeriodUSec:t 242
DeviceAllow device-allow :a(ss) 208
IODeviceWeight io-device-weight :a(st) 230
IODeviceLatencyTargetSec io-device-latency IODeviceLatencyTargetUSec:a(st) 240
IPAddressAllow ip-prefix-list :a(iayu) 235
IPAddressDeny ip-prefix-list :a(iayu) 235
IPIngressFilterPath ip-filter-path :as 243
IPEgressFilterPath ip-filter-path :as 243
BPFProgram bpf-program :a(ss) 249
SocketBindAllow socket-filter :a(iiqq) 249
SocketBindDeny socket-filter :a(iiqq) 249
MemoryPressureThresholdSec timespan MemoryPressureThresholdUSec:t 254
CPUPressureThresholdSec timespan CPUPressureThresholdUSec:t 261
IOPressureThresholdSec timespan IOPressureThresholdUSec:t 261
NFTSet nft-set :a(iiss) 255
BindNetworkInterface string :s 260
ManagedOOMMemoryPressureDurationSec timespan-or-infinity ManagedOOMMemoryPressureDurationUSec:t 257
MemoryLimit deprecated-ignored - - MemoryMax
CPUShares deprecated-ignored - - CPUWeight
StartupCPUShares deprecated-ignored - - StartupCPUWeight
BlockIOAccounting deprecated-ignored - - IOAccounting
BlockIOWeight deprecated-ignored - - IOWeight
StartupBlockIOWeight deprecated-ignored - - StartupIOWeight
BlockIODeviceWeight deprecated-ignored - - IODeviceWeight
BlockIOReadBandwidth deprecated-ignored - - IOReadBandwidthMax
BlockIOWriteBandwidth deprecated-ignored - - IOWriteBandwidthMax
CPUAccounting boolean :b
DefaultMemoryMin deprecated-ignored - - MemoryMin
DefaultMemoryLow deprecated-ignored - - MemoryLow
IOReadBandwidthMax device-and-size :a(st)
IOWriteBandwidthMax device-and-size :a(st)
IOWriteIOPSMax device-and-size :a(st)
IOReadIOPSMax device-and-size :a(st)
[execute]
User string :s 215 <user>|<empty>
Group string :s 243 <user>|<empty>
UtmpIdentifier string :s
UtmpMode string :s 225 init|login|user
PAMName string :s
TTYPath string :s - <path>|<empty>
WorkingDirectory string :s 229 <home-or-path>|<empty>
RootDirectory string :s - <normal-path>|<empty>
SyslogIdentifier string :s
ProtectSystem string :s 214 <boolean>|full|strict
ProtectHome string :s 214 <boolean>|read-only|tmpfs
SELinuxContext string :s 209
RootImage string :s 233 <normal-path>|<empty>
RootVerity string :s 246 <path>|<empty>
RootMStack string :s 260 <path>|<empty>
RuntimeDirectoryPreserve string :s 235 <boolean>|restart
Personality string :s 209 x86|x86-64|ppc|ppc-le|ppc64|ppc64-le|s390|s390x|arm64|arm64-be|arm|arm-be
KeyringMode string :s 235 inherit|private|shared
ProtectProc string :s 247 noaccess|invisible|ptraceable|default
ProcSubset string :s 247 all|pid
NetworkNamespacePath string :s 242 <path>|<empty>
UserNamespacePath string :s 259 <path>|<empty>
IPCNamespacePath string :s 248 <path>|<empty>
LogNamespace string :s 245 <namespace>|<empty>
RootImagePolicy string :s 254
MountImagePolicy string :s 254
ExtensionImagePolicy string :s 254
PrivatePIDs string :s 257 <boolean>
PrivateBPF string :s 258 <boolean>
BPFDelegateCommands string :s 258
BPFDelegateMaps string :s 258
BPFDelegatePrograms string :s 258
BPFDelegateAttachments string :s 258
IgnoreSIGPIPE boolean :b
TTYVHangup boolean :b
TTYReset boolean :b
TTYVTDisallocate boolean :b
PrivateDevices boolean :b 209
PrivateNetwork boolean :b
PrivateMounts boolean :b 239
PrivateIPC boolean :b 248
NoNewPrivileges boolean :b 187
SyslogLevelPrefix boolean :b
MemoryDenyWriteExecute boolean :b 231
RestrictRealtime boolean :b 231
DynamicUser boolean :b 232
RemoveIPC boolean :b 232
ProtectKernelTunables boolean :b 232
ProtectKernelModules boolean :b 232
ProtectKernelLogs boolean :b 244
ProtectClock boolean :b 245
MountAPIVFS boolean :b 233
BindLogSockets boolean :b 257
CPUSchedulingResetOnFork boolean :b
LockPersonality boolean :b 235
MemoryKSM boolean :b 254
MemoryTHP string :s 260
RestrictSUIDSGID boolean :b 242
RootEphemeral boolean :b 254
SetLoginEnvironment boolean :b 255
ReadWriteDirectories string-list :as - <marked-path>
ReadOnlyDirectories string-list :as - <marked-path>
InaccessibleDirectories string-list :as - <marked-path>
ReadWritePaths string-list :as 231 <marked-path>
ReadOnlyPaths string-list :as 231 <marked-path>
InaccessiblePaths string-list :as 231 <marked-path>
ExecPaths string-list :as 231 <marked-path>
NoExecPaths string-list :as 231 <marked-path>
ExecSearchPath strv-colon :as 250
ExtensionDirectories string-list :as 251 <optional-path>
ConfigurationDirectory string-list :as 211 <relative-path>
SupplementaryGroups string-list :as - <user>
SystemCallArchitectures string-list :as 209 native|x32|mips64-n32|mips64-le-n32|<architecture>
SyslogLevel log-level :i
LogLevelMax log-level :i 236
SyslogFacility log-facility-unshifted :i
SecureBits secure-bits :i
CPUSchedulingPolicy sched-policy :i
CPUSchedulingPriority integer :i - 0..99
OOMScoreAdjust integer :i 239 -1000..1000
CoredumpFilter coredump-filter-mask :t 246
Nice nice :i
SystemCallErrorNumber seccomp-errno-or-action :i 209
IOSchedulingClass ioprio-class :i
IOSchedulingPriority ioprio-priority :i
RuntimeDirectoryMode octal-mode :u 234
StateDirectoryMode octal-mode :u 234
CacheDirectoryMode octal-mode :u 234
LogsDirectoryMode octal-mode :u 234
ConfigurationDirectoryMode octal-mode :u 234
UMask octal-mode :u
TimerSlackNSec nsec :t
LogRateLimitIntervalSec timespan LogRateLimitIntervalUSec:t 240
LogRateLimitBurst unsigned :u 240
TTYRows unsigned :u 250
TTYColumns unsigned :u 250
MountFlags mount-propagation-flag :t
Environment strv-cunescape :as 226 <assignment>
UnsetEnvironment strv-cunescape :as 235 <variable>|<assignment>
PassEnvironment strv-cunescape :as 228 <variable>
EnvironmentFile environment-files EnvironmentFiles:a(sb)
SetCredential set-credential :a(say) 247
SetCredentialEncrypted set-credential :a(say) 247
LoadCredential load-credential :a(ss) 247
LoadCredentialEncrypted load-credential :a(ss) 247
ImportCredential import-credential :as,ImportCredentialEx:a(ss) 254
ImportCredentialEx import-credential ImportCredential:as
LogExtraFields log-extra-fields :aay 236
LogFilterPatterns log-filter-patterns :a(bs) 253
StandardInput standard-inputs :s,StandardInputFile:s,StandardInputFileDescriptorName:s
StandardOutput standard-inputs :s,StandardOutputFileToAppend:s,StandardOutputFileToTruncate:s
StandardError standard-inputs :s,StandardErrorFileDescriptorName:s
StandardInputText standard-input-text StandardInputData:ay 236
StandardInputData standard-input-data :ay 236
AppArmorProfile string-with-ignore :(bs) 210
SmackProcessLabel string-with-ignore :(bs) 218
CapabilityBoundingSet capabilities :t
AmbientCapabilities capabilities :t 229
CPUAffinity cpu-affinity :ay,CPUAffinityFromNUMA:b 239
NUMAPolicy mpol :i 243
NUMAMask numa-mask :ay 243
RestrictAddressFamilies allow-or-deny-list :(bas) 211 <address-family>
RestrictFileSystems allow-or-deny-list :(bas) 250 <file-system>
SystemCallFilter allow-or-deny-list :(bas) 187 <system-call>
SystemCallLog allow-or-deny-list :(bas) 247 <system-call>
RestrictNetworkInterfaces allow-or-deny-list :(bas) 250 <interface>
RestrictNamespaces namespace-list :t 233
DelegateNamespaces namespace-list :t 258
BindPaths bind-paths :a(ssbt) 233
BindReadOnlyPaths bind-paths :a(ssbt) 233
TemporaryFileSystem temporary-file-system :a(ss) 238
RootHash root-hash :ay,RootHashPath:s 246
RootHashSignature root-hash-signature :ay,RootHashSignaturePath:s 246
RootImageOptions root-image-options :a(ss) 247
MountImages mount-images :a(ssba(ss)) 247
ExtensionImages extension-images :a(sba(ss)) 248
StateDirectory directory :as,StateDirectorySymlink:a(sst) 211
RuntimeDirectory directory :as 211
CacheDirectory directory :as 211
LogsDirectory directory :as,LogsDirectorySymlink:a(sst) 211
ProtectHostname protect-hostname :b,ProtectHostnameEx:(ss) 242
ProtectHostnameEx protect-hostname ProtectHostname:b,ProtectHostnameEx:(ss)
PrivateTmp boolean-or-ex-string :b,PrivateTmpEx:s - disconnected
PrivateTmpEx boolean-or-ex-string :s - disconnected
ProtectControlGroups boolean-or-ex-string :b,ProtectControlGroupsEx:s 232 private|strict
ProtectControlGroupsEx boolean-or-ex-string ProtectControlGroups:b - private|strict
PrivateUsers boolean-or-ex-string :b,PrivateUsersEx:s 232 self|identity|full
PrivateUsersEx boolean-or-ex-string PrivateUsers:b - self|identity|full
StateDirectoryQuota quota-directory :(tus) 258
CacheDirectoryQuota quota-directory :(tus) 258
LogsDirectoryQuota quota-directory :(tus) 258
StateDirectoryAccounting boolean :b 258
CacheDirectoryAccounting boolean :b 258
LogsDirectoryAccounting boolean :b 258
[rlimit]
LimitAS resource-limit :t,LimitASSoft:t - size
LimitCORE resource-limit :t,LimitCORESoft:t - size
LimitCPU resource-limit :t,LimitCPUSoft:t - seconds
LimitDATA resource-limit :t,LimitDATASoft:t - size
LimitFSIZE resource-limit :t,LimitFSIZESoft:t - size
LimitLOCKS resource-limit :t,LimitLOCKSSoft:t - count
LimitMEMLOCK resource-limit :t,LimitMEMLOCKSoft:t - size
LimitMSGQUEUE resource-limit :t,LimitMSGQUEUESoft:t - size
LimitNICE resource-limit :t,LimitNICESoft:t - nice
LimitNOFILE resource-limit :t,LimitNOFILESoft:t - count
LimitNPROC resource-limit :t,LimitNPROCSoft:t - count
LimitRSS resource-limit :t,LimitRSSSoft:t - size
LimitRTPRIO resource-limit :t,LimitRTPRIOSoft:t - count
LimitRTTIME resource-limit :t,LimitRTTIMESoft:t - microseconds
LimitSIGPENDING resource-limit :t,LimitSIGPENDINGSoft:t - count
LimitSTACK resource-limit :t,LimitSTACKSoft:t - size
[kill]
KillMode string :s 187 control-group|mixed|process|none
SendSIGHUP boolean :b 207
SendSIGKILL boolean :b 187
KillSignal signal :i 187
RestartKillSignal signal :i 244
FinalKillSignal signal :i 240
WatchdogSignal signal :i 240
[service]
PIDFile string :s - <without-parents>
Type string :s 251 simple|exec|forking|oneshot|dbus|notify|notify-reload|idle
ExitType string :s 250 main|cgroup
Restart string :s - no|on-success|on-failure|on-abnormal|on-watchdog|on-abort|always
RestartMode string :s 254 normal|direct|debug
BusName string :s - <bus-name>
NotifyAccess string :s - none|main|exec|all
USBFunctionDescriptors string :s 227 <path>
USBFunctionStrings string :s 227 <path>
OOMPolicy string :s 243 continue|stop|kill
TimeoutStartFailureMode string :s 246 terminate|abort|kill
TimeoutStopFailureMode string :s 246 terminate|abort|kill
FileDescriptorStorePreserve string :s 254 <boolean>|restart
LUOSession string-list :as 262
PermissionsStartOnly boolean :b
RootDirectoryStartOnly boolean :b
RemainAfterExit boolean :b
GuessMainPID boolean :b
RestartSec timespan RestartUSec:t 239
RestartMaxDelaySec timespan RestartMaxDelayUSec:t 254
RestartRandomizedDelaySec timespan RestartRandomizedDelayUSec:t 262
TimeoutStartSec timespan TimeoutStartUSec:t 188 above-0
TimeoutStopSec timespan TimeoutStopUSec:t 188 above-0
TimeoutAbortSec timespan TimeoutAbortUSec:t 243
RuntimeMaxSec timespan RuntimeMaxUSec:t 244 above-0
RuntimeRandomizedExtraSec timespan RuntimeRandomizedExtraUSec:t 250
WatchdogSec timespan WatchdogUSec:t
TimeoutSec timeout-sec TimeoutStartUSec:t,TimeoutStopUSec:t - above-0
FileDescriptorStoreMax unsigned :u 219
RestartSteps unsigned :u 254
ExecCondition command-line :a(sasb) 243
ExecConditionEx command-line ExecCondition:a(sasb)
ExecStartPre command-line :a(sasb),ExecStartPreEx:a(sasas)
ExecStartPreEx command-line ExecStartPre:a(sasb)
ExecStart command-line :a(sasb),ExecStartEx:a(sasas)
ExecStartEx command-line ExecStart:a(sasb)
ExecStartPost command-line :a(sasb)
ExecStartPostEx command-line ExecStartPost:a(sasb)
ExecReload command-line :a(sasb)
ExecReloadEx command-line ExecReload:a(sasb)
ExecReloadPost command-line :a(sasb) 259
ExecReloadPostEx command-line
ExecStop command-line :a(sasb)
ExecStopEx command-line ExecStop:a(sasb)
ExecStopPost command-line :a(sasb),ExecStopPostEx:a(sasas)
ExecStopPostEx command-line ExecStopPost:a(sasb)
RestartPreventExitStatus exit-status :(aiai) 189
RestartForceExitStatus exit-status :(aiai) 215
SuccessExitStatus exit-status :(aiai) 189
OpenFile open-file :a(sst) 253
ReloadSignal signal :i 253
RefreshOnReload refresh-on-reload :a(bs) 260
[scope]
RuntimeMaxSec timespan RuntimeMaxUSec:t 244 above-0
RuntimeRandomizedExtraSec timespan RuntimeRandomizedExtraUSec:t 250
TimeoutStopSec timespan TimeoutStopUSec:t 188 above-0
OOMPolicy string :s 253 continue|stop|kill
User string :s 215 <user>|<empty>
Group string :s 243 <user>|<empty>
[timer]
WakeSystem boolean :b 212
RemainAfterElapse boolean :b,TimersMonotonic:a(st) 229
Persistent boolean :b 212
OnTimezoneChange boolean :b 242
OnClockChange boolean :b 242
FixedRandomDelay boolean :b 247
DeferReactivation boolean :b 257
AccuracySec timespan AccuracyUSec:t 209
RandomizedDelaySec timespan RandomizedDelayUSec:t 229
RandomizedOffsetSec timespan RandomizedOffsetUSec:t 258
OnActiveSec timer-monotonic RemainAfterElapse:b,TimersMonotonic:a(st)
OnBootSec timer-monotonic RemainAfterElapse:b,TimersMonotonic:a(st)
OnStartupSec timer-monotonic RemainAfterElapse:b,TimersMonotonic:a(st)
OnUnitActiveSec timer-monotonic RemainAfterElapse:b,TimersMonotonic:a(st)
OnUnitInactiveSec timer-monotonic RemainAfterElapse:b,TimersMonotonic:a(st)
OnCalendar timer-calendar TimersCalendar:a(ss) 197
[path]
MakeDirectory boolean :b
DirectoryMode octal-mode :u
PathExists path-list Paths:a(ss)
PathExistsGlob path-list Paths:a(ss)
PathChanged path-list Paths:a(ss)
PathModified path-list Paths:a(ss)
DirectoryNotEmpty path-list Paths:a(ss)
TriggerLimitBurst unsigned :u 250
PollLimitBurst unsigned :u 255
TriggerLimitIntervalSec timespan TriggerLimitIntervalUSec:t 250
PollLimitIntervalSec timespan PollLimitIntervalUSec:t 255
[socket]
Accept boolean :b
FlushPending boolean :b 247
Writable boolean :b 227
KeepAlive boolean :b
NoDelay boolean :b 216
FreeBind boolean :b
Transparent boolean :b
Broadcast boolean :b 211
PassCredentials boolean :b
PassFileDescriptorsToExec boolean :b 256
PassSecurity boolean :b
PassPacketInfo boolean :b 246
ReusePort boolean :b 206
RemoveOnStop boolean :b 214
SELinuxContextFromNet boolean :b 217
Priority integer :i 232
IPTTL integer :i
Mark integer :i
IPTOS ip-tos :i
Backlog unsigned :u
MaxConnections unsigned :u
MaxConnectionsPerSource unsigned :u 232
KeepAliveProbes unsigned :u 216
TriggerLimitBurst unsigned :u 250
PollLimitBurst unsigned :u 255
SocketMode octal-mode :u
DirectoryMode octal-mode :u
MessageQueueMaxMessages integer :x
TimeoutSec timespan TimeoutUSec:t
KeepAliveTimeSec timespan KeepAliveTimeUSec:t 216
KeepAliveIntervalSec timespan KeepAliveIntervalUSec:t 216
DeferAcceptSec timespan DeferAcceptUSec:t 216
TriggerLimitIntervalSec timespan TriggerLimitIntervalUSec:t 250
PollLimitIntervalSec timespan PollLimitIntervalUSec:t 255
DeferTriggerMaxSec timespan DeferTriggerMaxUSec:t 258
ReceiveBuffer size :t
SendBuffer size :t
PipeSize size :t
MessageQueueMessageSize size :x
ExecStartPre command-line :a(sasb)
ExecStartPost command-line :a(sasb)
ExecReload command-line :a(sasb)
ExecStopPost command-line :a(sasb)
SmackLabel string :s 196
SmackLabelIPIn string :s 196
SmackLabelIPOut string :s 196
TCPCongestion string :s
BindToDevice string :s
BindIPv6Only string :s - default|both|ipv6-only
FileDescriptorName string :s 227
SocketUser string :s 214
SocketGroup string :s 214
Timestamping string :s 247 off|us|usec|µs|μs|ns|nsec
DeferTrigger string :s 258 <boolean>|patient
Symlinks string-list :as 214 <path>
XAttrEntryPoint xattr :a(ss) 262
XAttrListen xattr :a(ss) 262
XAttrAccept xattr :a(ss) 262
SocketProtocol ip-protocol :i 229
ListenStream listen-address Listen:a(ss)
ListenDatagram listen-address Listen:a(ss)
ListenSequentialPacket listen-address Listen:a(ss)
ListenNetlink listen-address Listen:a(ss)
ListenSpecial listen-address Listen:a(ss)
ListenMessageQueue listen-address Listen:a(ss)
ListenFIFO listen-address Listen:a(ss)
ListenUSBFunction listen-address Listen:a(ss) 227
[mount]
What string
Where string
Options string - 217
Type string - 251
TimeoutSec timespan
DirectoryMode octal-mode
SloppyOptions boolean - 215
LazyUnmount boolean - 232
ForceUnmount boolean - 232
ReadwriteOnly boolean
[automount]
Where string
ExtraOptions string - 250
DirectoryMode octal-mode
TimeoutIdleSec timespan - 220
"""
"""The table: under each group, NAME GRAMMAR WIRE SINCE ARGUMENT; "-" where there is none.

WIRE is ``NAME:SIGNATURE``, the name left out where it is the directive's own, several separated
by commas. ARGUMENT means what the grammar makes of it; for strings and lists it is the words
and the classes of text that are allowed (`runwrap.properties.values`).
"""


def _parse_rows(rows: str) -> tuple[Directive, ...]:
    directives = []
    group = ""
    for row in rows.split("\n"):
        if not row:
            continue
        if row[0] == "[":
            group = row[1:-1]
            continue
        fields = row.split(" ")
        name, grammar, wire, since, argument = fields + ["-"] * (5 - len(fields))
        pairs = []
        if wire != "-":
            for pair in wire.split(","):
                dbus_name, _, signature = pair.partition(":")
                pairs.append((dbus_name or name, signature))
        directives.append(
            Directive(
                name,
                group,
                grammar,
                tuple(pairs),
                None if since == "-" else int(since),
                "" if argument == "-" else argument,
            )
        )
    return tuple(directives)


DIRECTIVES: Final = _parse_rows(_ROWS)
"""Every directive, by group. A name occurs once for each group that has it."""

_BY_NAME: Final[dict[str, list[Directive]]] = {}
for _directive in DIRECTIVES:
    _BY_NAME.setdefault(_directive.name, []).append(_directive)


def find(name: str, unit_type: UnitType = UnitType.SERVICE) -> Directive | None:
    """Return the directive *name* of units of *unit_type*, or None where they have none."""
    for directive in _BY_NAME.get(name, ()):
        if unit_type in directive.unit_types:
            return directive
    return None


def find_elsewhere(name: str) -> tuple[Directive, ...]:
    """Return the directives called *name*, of whatever unit types."""
    return tuple(_BY_NAME.get(name, ()))
