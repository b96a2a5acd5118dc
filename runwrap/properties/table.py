"""The one table of directives: which there are, where they belong, what their values are.

What a directive's text becomes is the business of its grammar (`runwrap.properties.grammars`).
Rows are read when they are first asked for, since a launch asks for a few of them only.
"""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError
from runwrap.record import Record
from runwrap.units import UNIT_TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.units import UnitType

__all__ = ["NEWEST", "Directive", "Form", "directives", "find", "find_elsewhere"]

NEWEST: Final = 262
"""The systemd version that the table was made for; its directives and forms are all known."""


class Form(Record):
    """One D-Bus property that a directive can become.

    Attributes:
        name: the property's name.
        signature: its D-Bus type signature.
        since: the systemd version that brought it, or None where the directive always had it.
    """

    __slots__ = ("name", "signature", "since")

    def __init__(self, name: str, signature: str, since: int | None) -> None:
        """Keep the three."""
        self.name = name
        self.signature = signature
        self.since = since


class Directive(Record):
    """One directive, as a manager of one version has it.

    Attributes:
        name: its name, as in a unit file.
        group: the group of settings it belongs to, such as ``"cgroup"``.
        grammar: the name of its value's grammar.
        wire: the D-Bus properties that it can become; none where it becomes none.
        since: the systemd version that brought it, or None where the manuals do not say.
        until: the last systemd version that has it, or None where all later ones do.
        argument: what narrows its grammar, or "".
        successor: the name of the directive that took its place, or "".
        units: the unit types of its group that have it; none for all of them.
        version: the systemd version of the manager that is meant.
    """

    __slots__ = (
        *("name", "group", "grammar", "wire", "since", "until", "argument", "successor"),
        *("units", "version"),
    )

    def __init__(
        self,
        name: str,
        group: str,
        grammar: str,
        wire: tuple[Form, ...],
        since: int | None,
        until: int | None,
        argument: str,
        successor: str,
        units: tuple[str, ...],
        version: int = NEWEST,
    ) -> None:
        """Keep what the row says."""
        self.name = name
        self.group = group
        self.grammar = grammar
        self.wire = wire
        self.since = since
        self.until = until
        self.argument = argument
        self.successor = successor
        self.units = units
        self.version = version

    @property
    def dbus_name(self) -> str:
        """The first of its D-Bus property names."""
        return self.wire[0].name

    @property
    def unit_types(self) -> frozenset[UnitType]:
        """The unit types, of those that can be transient, that have this directive."""
        types = _UNIT_TYPES[self.group]
        return types.intersection(self.units) if self.units else types

    def at(self, version: int) -> Directive:
        """Return the directive as a manager of that systemd *version* has it."""
        return self if version == self.version else self.replace(version=version)

    def require(self, since: int | None, what: str) -> None:
        """Refuse *what*, which came with systemd *since*, where the manager is older.

        Raises:
            InvalidValueError: the manager that is meant does not have it yet.
        """
        if since is not None and since > self.version:
            raise InvalidValueError(
                f"{what} came with systemd {since}, and the service manager is systemd "
                f"{self.version}"
            )


_EVERY: Final = frozenset(UNIT_TYPES)
_UNIT_TYPES: Final[dict[str, frozenset[UnitType]]] = {
    "unit": _EVERY,
    "dependency": _EVERY,
    "condition": _EVERY,
    "cgroup": frozenset({"service", "scope", "socket"}),
    "execute": frozenset({"service", "socket"}),
    "rlimit": frozenset({"service", "socket"}),
    "kill": frozenset({"service", "scope", "socket"}),
    "mount": frozenset(),
    "automount": frozenset(),
    **{unit_type: frozenset({unit_type}) for unit_type in UNIT_TYPES},
}
"""The unit types of each group (the first lines of systemd.exec(5), systemd.kill(5), ...)."""

_ROWS: Final = """
[unit]
Description string :s 215
SourcePath string :s 201 <path>|<empty>
OnFailureJobMode string :s 209 <job-mode>
JobTimeoutAction string :s 240 <unit-action>
JobTimeoutRebootArgument string :s 240 <ascii>
StartLimitAction string :s 229 <unit-action>
FailureAction string :s 236 <unit-action>
SuccessAction string :s 236 <unit-action>
RebootArgument string :s 229 <ascii>
CollectMode string :s 236 inactive|inactive-or-failed
StopWhenUnneeded boolean :b 201
RefuseManualStart boolean :b 201
RefuseManualStop boolean :b 201
AllowIsolate boolean :b 201
IgnoreOnIsolate boolean :b 201
SurviveFinalKillSignal boolean :b 255
DefaultDependencies boolean :b 201
JobTimeoutSec refused JobTimeoutUSec:t 201 own:JobRunningTimeoutSec
JobRunningTimeoutSec timespan JobRunningTimeoutUSec:t 201
StartLimitIntervalSec timespan StartLimitIntervalUSec:t 229
StartLimitBurst unsigned :u 229
SuccessActionExitStatus action-exit-status :i 240
FailureActionExitStatus action-exit-status :i 240
Documentation string-list :as 201 <documentation>
RequiresMountsFor string-list :as 201 <normal-path>
WantsMountsFor string-list :as 256 <normal-path>
Markers markers :as - <marker>
[dependency]
After string-list :as - <unit>
Before string-list :as - <unit>
BindsTo string-list :as - <unit>
BoundBy refused :as - other:BindsTo
ConflictedBy refused :as - other:Conflicts
Conflicts string-list :as - <unit>
ConsistsOf refused :as - other:PartOf
InSlice refused :as - own:Slice
JoinsNamespaceOf string-list :as - <unit>
OnFailure string-list :as - <unit>
OnFailureOf refused :as - other:OnFailure
OnSuccess string-list :as - <unit>
OnSuccessOf refused :as - other:OnSuccess
PartOf string-list :as - <unit>
PropagatesReloadTo string-list :as - <unit>
PropagatesStopTo string-list :as - <unit>
ReferencedBy refused :as
References refused :as
ReloadPropagatedFrom string-list :as - <unit>
RequiredBy refused :as - other:Requires
Requires string-list :as - <unit>
Requisite string-list :as - <unit>
RequisiteOf refused :as - other:Requisite
SliceOf refused :as - other:Slice
StopPropagatedFrom string-list :as - <unit>
TriggeredBy refused :as
Triggers refused :as
UpheldBy refused :as - other:Upholds
Upholds string-list :as - <unit>
WantedBy refused :as - other:Wants
Wants string-list :as - <unit>
[condition]
AssertACPower condition Asserts:a(sbbs) - <boolean>
AssertArchitecture condition Asserts:a(sbbs) - native|nios2|<architecture>
AssertCPUFeature condition Asserts:a(sbbs) - cpu-feature
AssertCPUPressure condition Asserts:a(sbbs) - pressure
AssertCPUs condition Asserts:a(sbbs) - cpus
AssertCapability condition Asserts:a(sbbs) - capability
AssertControlGroupController condition Asserts:a(sbbs) - control-group-controller
AssertCredential condition Asserts:a(sbbs) - credential
AssertDirectoryNotEmpty condition Asserts:a(sbbs) - <path>
AssertEnvironment condition Asserts:a(sbbs) - environment
AssertFileIsExecutable condition Asserts:a(sbbs) - <path>
AssertFileNotEmpty condition Asserts:a(sbbs) - <path>
AssertFirmware condition Asserts:a(sbbs) - firmware
AssertFirstBoot condition Asserts:a(sbbs) - <boolean>
AssertFraction condition Asserts:a(sbbs) 261 fraction
AssertGroup condition Asserts:a(sbbs) - group
AssertHost condition Asserts:a(sbbs)
AssertIOPressure condition Asserts:a(sbbs) - pressure
AssertKernelCommandLine condition Asserts:a(sbbs)
AssertKernelModuleLoaded condition Asserts:a(sbbs) 258 kernel-module
AssertKernelVersion condition Asserts:a(sbbs) - versions
AssertMachineTag condition Asserts:a(sbbs) 261 machine-tag
AssertMemory condition Asserts:a(sbbs) - memory
AssertMemoryPressure condition Asserts:a(sbbs) - pressure
AssertNeedsUpdate condition Asserts:a(sbbs) - /etc|/var|/etc/|/var/
AssertOSRelease condition Asserts:a(sbbs) - os-release
AssertPathExists condition Asserts:a(sbbs) - <path>
AssertPathExistsGlob condition Asserts:a(sbbs) - <path>
AssertPathIsDirectory condition Asserts:a(sbbs) - <path>
AssertPathIsEncrypted condition Asserts:a(sbbs) - <path>
AssertPathIsMountPoint condition Asserts:a(sbbs) - <path>
AssertPathIsReadWrite condition Asserts:a(sbbs) - <path>
AssertPathIsSocket condition Asserts:a(sbbs) 260 <path>
AssertPathIsSymbolicLink condition Asserts:a(sbbs) - <path>
AssertSecurity condition Asserts:a(sbbs) - selinux|apparmor|tomoyo|smack|ima|audit|uefi-secureboot|tpm2|cvm@254|measured-uki@255|measured-os@261
AssertUser condition Asserts:a(sbbs) - user
AssertVersion condition Asserts:a(sbbs) 258 versions
AssertVirtualization condition Asserts:a(sbbs) - virtualization
ConditionACPower condition Conditions:a(sbbs) - <boolean>
ConditionArchitecture condition Conditions:a(sbbs) - native|nios2|<architecture>
ConditionCPUFeature condition Conditions:a(sbbs) - cpu-feature
ConditionCPUPressure condition Conditions:a(sbbs) - pressure
ConditionCPUs condition Conditions:a(sbbs) - cpus
ConditionCapability condition Conditions:a(sbbs) - capability
ConditionControlGroupController condition Conditions:a(sbbs) - control-group-controller
ConditionCredential condition Conditions:a(sbbs) - credential
ConditionDirectoryNotEmpty condition Conditions:a(sbbs) - <path>
ConditionEnvironment condition Conditions:a(sbbs) - environment
ConditionFileIsExecutable condition Conditions:a(sbbs) - <path>
ConditionFileNotEmpty condition Conditions:a(sbbs) - <path>
ConditionFirmware condition Conditions:a(sbbs) - firmware
ConditionFirstBoot condition Conditions:a(sbbs) - <boolean>
ConditionFraction condition Conditions:a(sbbs) 261 fraction
ConditionGroup condition Conditions:a(sbbs) - group
ConditionHost condition Conditions:a(sbbs)
ConditionIOPressure condition Conditions:a(sbbs) - pressure
ConditionKernelCommandLine condition Conditions:a(sbbs)
ConditionKernelModuleLoaded condition Conditions:a(sbbs) 258 kernel-module
ConditionMachineTag condition Conditions:a(sbbs) 261 machine-tag
ConditionKernelVersion condition Conditions:a(sbbs) - versions
ConditionMemory condition Conditions:a(sbbs) - memory
ConditionMemoryPressure condition Conditions:a(sbbs) - pressure
ConditionNeedsUpdate condition Conditions:a(sbbs) - /etc|/var|/etc/|/var/
ConditionOSRelease condition Conditions:a(sbbs) - os-release
ConditionPathExists condition Conditions:a(sbbs) - <path>
ConditionPathExistsGlob condition Conditions:a(sbbs) - <path>
ConditionPathIsDirectory condition Conditions:a(sbbs) - <path>
ConditionPathIsEncrypted condition Conditions:a(sbbs) - <path>
ConditionPathIsMountPoint condition Conditions:a(sbbs) - <path>
ConditionPathIsReadWrite condition Conditions:a(sbbs) - <path>
ConditionPathIsSocket condition Conditions:a(sbbs) 260 <path>
ConditionPathIsSymbolicLink condition Conditions:a(sbbs) - <path>
ConditionSecurity condition Conditions:a(sbbs) - selinux|apparmor|tomoyo|smack|ima|audit|uefi-secureboot|tpm2|cvm@254|measured-uki@255|measured-os@261
ConditionUser condition Conditions:a(sbbs) - user
ConditionVersion condition Conditions:a(sbbs) 258 versions
ConditionVirtualization condition Conditions:a(sbbs) - virtualization
[cgroup]
DevicePolicy string :s 208 auto|closed|strict
Slice string :s 208 <slice>
ManagedOOMSwap string :s 247 auto|kill - service,scope
ManagedOOMMemoryPressure string :s 247 auto|kill - service,scope
ManagedOOMPreference string :s 248 none|avoid|omit
OOMRules string-list :as 261 <oom-rule> - service,scope
MemoryPressureWatch string :s 254 <boolean>|auto|skip|<empty>
CPUPressureWatch string :s 261 <boolean>|auto|skip|<empty>
IOPressureWatch string :s 261 <boolean>|auto|skip|<empty>
DelegateSubgroup string :s 254 <cgroup>|<empty> - service,scope
ManagedOOMMemoryPressureLimit permyriad :u 247 - - service,scope
MemoryAccounting boolean :b 208
MemoryZSwapWriteback boolean :b 256
IOAccounting boolean :b 230
TasksAccounting boolean :b 227
IPAccounting boolean :b 235
CoredumpReceive boolean :b 255 - - service,scope
CPUWeight cg-cpu-weight-parse :t 232 idle
StartupCPUWeight cg-cpu-weight-parse :t 232 idle
IOWeight cg-weight-parse :t 230
StartupIOWeight cg-weight-parse :t 230
AllowedCPUs cpu-set :ay 244
StartupAllowedCPUs cpu-set :ay 244
AllowedMemoryNodes cpu-set :ay 244
StartupAllowedMemoryNodes cpu-set :ay 244
CPUSetPartition string :s 261 member|root|isolated|<empty>
DisableControllers string-list :as 240 <controller>
Delegate delegate :b,DelegateControllers:as 218 <controller> - service,scope
MemoryMin size-or-percent-or-infinity :t,MemoryMinScale:u 240 0
MemoryLow size-or-percent-or-infinity :t,MemoryLowScale:u 231 0
MemoryHigh size-or-percent-or-infinity :t,MemoryHighScale:u 231 above-0
MemoryMax size-or-percent-or-infinity :t,MemoryMaxScale:u 231 above-0
MemorySwapMax size-or-percent-or-infinity :t,MemorySwapMaxScale:u 232
MemoryZSwapMax size-or-percent-or-infinity :t,MemoryZSwapMaxScale:u 253
TasksMax size-or-percent-or-infinity :t,TasksMaxScale:u 227 count
CPUQuota cpu-quota CPUQuotaPerSecUSec:t 213
CPUQuotaPeriodSec timespan-or-infinity CPUQuotaPeriodUSec:t 242
DeviceAllow device-allow :a(ss) 208
IODeviceWeight io-device-weight :a(st) 230 1..10000
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
BindNetworkInterface string :s 260 <interface>|<empty>
ManagedOOMMemoryPressureDurationSec oomd-duration ManagedOOMMemoryPressureDurationUSec:t 257 - - service,scope
MemoryLimit size-or-percent-or-infinity :t,MemoryLimitScale:u ..257 above-0 MemoryMax
CPUShares cpu-shares :t ..257 2..262144 CPUWeight
StartupCPUShares cpu-shares :t ..257 2..262144 StartupCPUWeight
BlockIOAccounting boolean :b ..257 - IOAccounting
BlockIOWeight blockio-weight :t ..257 10..1000 IOWeight
StartupBlockIOWeight blockio-weight :t ..257 10..1000 StartupIOWeight
BlockIODeviceWeight io-device-weight :a(st) ..257 10..1000 IODeviceWeight
BlockIOReadBandwidth device-and-size :a(st) ..257 - IOReadBandwidthMax
BlockIOWriteBandwidth device-and-size :a(st) ..257 - IOWriteBandwidthMax
CPUAccounting boolean :b 208..257
DefaultMemoryMin size-or-percent-or-infinity :t,DefaultMemoryMinScale:u 243..257 0 MemoryMin
DefaultMemoryLow size-or-percent-or-infinity :t,DefaultMemoryLowScale:u 243..257 0 MemoryLow
IOReadBandwidthMax device-and-size :a(st) 230
IOWriteBandwidthMax device-and-size :a(st) 230
IOWriteIOPSMax device-and-size :a(st) 230
IOReadIOPSMax device-and-size :a(st) 230
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
RootMStack string :s 260 <normal-path>|<empty>
RuntimeDirectoryPreserve string :s 235 <boolean>|restart
Personality string :s 209 x86|x86-64|ppc|ppc-le|ppc64|ppc64-le|s390|s390x|arm64|arm64-be|arm|arm-be
KeyringMode string :s 235 inherit|private|shared
ProtectProc string :s 247 noaccess|invisible|ptraceable|default
ProcSubset string :s 247 all|pid
NetworkNamespacePath string :s 242 <path>|<empty>
UserNamespacePath string :s 259 <path>|<empty>
IPCNamespacePath string :s 248 <path>|<empty>
LogNamespace string :s 245 <namespace>|<empty>
RootImagePolicy image-policy :s 254
MountImagePolicy image-policy :s 254
ExtensionImagePolicy image-policy :s 254
PrivatePIDs string :s 257 <boolean> - service
PrivateBPF string :s 258 <boolean>
BPFDelegateCommands bpf-delegate :s 258
BPFDelegateMaps bpf-delegate :s 258
BPFDelegatePrograms bpf-delegate :s 258
BPFDelegateAttachments bpf-delegate :s 258
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
MemoryTHP string :s 260 inherit|disable|madvise|system
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
ConfigurationDirectory plain-directory :as 211
SupplementaryGroups string-list :as - <user>
SystemCallArchitectures string-list :as 209 <filtered-architecture>
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
ImportCredential import-credential :as,ImportCredentialEx:a(ss)@257 254
ImportCredentialEx import-credential ImportCredential:as,:a(ss) 257
LogExtraFields log-extra-fields :aay 236
LogFilterPatterns log-filter-patterns :a(bs) 253
StandardInput standard-inputs :s,StandardInputFile:s,StandardInputFileDescriptorName:s
StandardOutput standard-inputs :s,StandardOutputFile:s,StandardOutputFileToAppend:s,StandardOutputFileToTruncate:s,StandardOutputFileDescriptorName:s
StandardError standard-inputs :s,StandardErrorFile:s,StandardErrorFileToAppend:s,StandardErrorFileToTruncate:s,StandardErrorFileDescriptorName:s
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
SystemCallLog allow-or-deny-list :(bas) 247 <plain-system-call>
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
RuntimeDirectory directory :as,RuntimeDirectorySymlink:a(sst) 211
CacheDirectory directory :as,CacheDirectorySymlink:a(sst) 211
LogsDirectory directory :as,LogsDirectorySymlink:a(sst) 211
ProtectHostname protect-hostname :b,ProtectHostnameEx:(ss)@258 242
ProtectHostnameEx protect-hostname ProtectHostname:b,ProtectHostnameEx:(ss)@258 258
PrivateTmp boolean-or-ex-string :b,PrivateTmpEx:s@257 - <boolean>|disconnected@257|connected@257
PrivateTmpEx boolean-or-ex-string PrivateTmp:b,:s 257 <boolean>|disconnected|connected
ProtectControlGroups boolean-or-ex-string :b,ProtectControlGroupsEx:s@257 232 <boolean>|private@257|strict@257
ProtectControlGroupsEx boolean-or-ex-string ProtectControlGroups:b,:s 257 <boolean>|private|strict
PrivateUsers boolean-or-ex-string :b,PrivateUsersEx:s@257 232 <boolean>|self@257|identity@257|full@258|managed@260
PrivateUsersEx boolean-or-ex-string PrivateUsers:b,:s 257 <boolean>|self|identity|full@258|managed@260
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
Type string :s - simple|exec|forking|oneshot|dbus|notify|notify-reload@253|idle
ExitType string :s 250 main|cgroup
Restart string :s - no|on-success|on-failure|on-abnormal|on-watchdog|on-abort|always
RestartMode string :s 254 normal|direct|debug@257
BusName string :s - <bus-name>|<empty>
NotifyAccess string :s - none|main|exec|all
USBFunctionDescriptors string :s 227 <path>|<empty>
USBFunctionStrings string :s 227 <path>|<empty>
OOMPolicy string :s 243 continue|stop|kill
TimeoutStartFailureMode string :s 246 terminate|abort|kill
TimeoutStopFailureMode string :s 246 terminate|abort|kill
FileDescriptorStorePreserve string :s 254 <boolean>|restart|on-success@261
LUOSession string-list :as 262 <session>
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
ExecCondition command-line :a(sasb),ExecConditionEx:a(sasas) 243
ExecConditionEx command-line ExecCondition:a(sasb),:a(sasas)
ExecStartPre command-line :a(sasb),ExecStartPreEx:a(sasas)
ExecStartPreEx command-line ExecStartPre:a(sasb),:a(sasas)
ExecStart command-line :a(sasb),ExecStartEx:a(sasas)
ExecStartEx command-line ExecStart:a(sasb),:a(sasas)
ExecStartPost command-line :a(sasb),ExecStartPostEx:a(sasas)
ExecStartPostEx command-line ExecStartPost:a(sasb),:a(sasas)
ExecReload command-line :a(sasb),ExecReloadEx:a(sasas)
ExecReloadEx command-line ExecReload:a(sasb),:a(sasas)
ExecReloadPost command-line :a(sasb),ExecReloadPostEx:a(sasas) 259
ExecReloadPostEx command-line ExecReloadPost:a(sasb),:a(sasas) 259
ExecStop command-line :a(sasb),ExecStopEx:a(sasas)
ExecStopEx command-line ExecStop:a(sasb),:a(sasas)
ExecStopPost command-line :a(sasb),ExecStopPostEx:a(sasas)
ExecStopPostEx command-line ExecStopPost:a(sasb),:a(sasas)
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
OOMPolicy string :s 252 continue|stop|kill
User string :s 215 <user>|<empty>
Group string :s 243 <user>|<empty>
[timer]
WakeSystem boolean :b 212
RemainAfterElapse boolean :b 229
Persistent boolean :b 212
OnTimezoneChange boolean :b 242
OnClockChange boolean :b 242
FixedRandomDelay boolean :b 247
DeferReactivation boolean :b 257
AccuracySec timespan AccuracyUSec:t 209
RandomizedDelaySec timespan RandomizedDelayUSec:t 229
RandomizedOffsetSec timespan RandomizedOffsetUSec:t 258
OnActiveSec timer-monotonic TimersMonotonic:a(st)
OnBootSec timer-monotonic TimersMonotonic:a(st)
OnStartupSec timer-monotonic TimersMonotonic:a(st)
OnUnitActiveSec timer-monotonic TimersMonotonic:a(st)
OnUnitInactiveSec timer-monotonic TimersMonotonic:a(st)
OnCalendar timer-calendar TimersCalendar:a(ss) 197
[path]
MakeDirectory boolean :b
DirectoryMode octal-mode :u
PathExists path-list Paths:a(ss) - <normal-path>|<empty>
PathExistsGlob path-list Paths:a(ss) - <normal-path>|<empty>
PathChanged path-list Paths:a(ss) - <normal-path>|<empty>
PathModified path-list Paths:a(ss) - <normal-path>|<empty>
DirectoryNotEmpty path-list Paths:a(ss) - <normal-path>|<empty>
TriggerLimitBurst unsigned :u 250
PollLimitBurst refused :u 255 own:TriggerLimitBurst
TriggerLimitIntervalSec timespan TriggerLimitIntervalUSec:t 250
PollLimitIntervalSec refused PollLimitIntervalUSec:t 255 own:TriggerLimitIntervalSec
[socket]
Accept boolean :b
FlushPending boolean :b 247
Writable boolean :b 227
KeepAlive boolean :b
NoDelay boolean :b 216
FreeBind boolean :b
Transparent boolean :b
Broadcast boolean :b
PassCredentials boolean :b
PassFileDescriptorsToExec boolean :b 256
PassSecurity boolean :b
PassPacketInfo boolean :b 246
ReusePort boolean :b 206
RemoveOnStop boolean :b 214
SELinuxContextFromNet boolean :b 217
Priority integer :i
IPTTL integer :i - -1..255
Mark integer :i
IPTOS ip-tos :i
Backlog unsigned :u
MaxConnections integer :u - 1..4294967295
MaxConnectionsPerSource unsigned :u 232
KeepAliveProbes unsigned :u 216
TriggerLimitBurst unsigned :u 230
PollLimitBurst unsigned :u 255
SocketMode octal-mode :u
DirectoryMode octal-mode :u
MessageQueueMaxMessages integer :x
TimeoutSec timespan TimeoutUSec:t
KeepAliveTimeSec timespan KeepAliveTimeUSec:t 216
KeepAliveIntervalSec timespan KeepAliveIntervalUSec:t 216
DeferAcceptSec timespan DeferAcceptUSec:t 216
TriggerLimitIntervalSec timespan TriggerLimitIntervalUSec:t 230
PollLimitIntervalSec timespan PollLimitIntervalUSec:t 255
DeferTriggerMaxSec timespan DeferTriggerMaxUSec:t 258
ReceiveBuffer size :t
SendBuffer size :t
PipeSize size :t
MessageQueueMessageSize size :x
ExecStartPre plain-command-line :a(sasb)
ExecStartPost plain-command-line :a(sasb)
ExecReload refused :a(sasb) - never
ExecStopPre plain-command-line :a(sasb)
ExecStopPost plain-command-line :a(sasb)
SmackLabel string :s 196
SmackLabelIPIn smack-label SmackLabelIPin:s 196
SmackLabelIPOut string :s 196
TCPCongestion string :s
BindToDevice string :s - <short-interface>|<empty>
BindIPv6Only string :s - default|both|ipv6-only|<boolean>
FileDescriptorName string :s 227 <descriptor-name>|<empty>
SocketUser string :s 214 <user>|<empty>
SocketGroup string :s 214 <user>|<empty>
Timestamping string :s 247 off|us|usec|µs|μs|ns|nsec|<boolean>
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
"""  # noqa: E501
"""The table: under each group, NAME GRAMMAR WIRE VERSIONS ARGUMENT SUCCESSOR UNITS; "-" for none.

WIRE is ``NAME:SIGNATURE@SINCE``, several separated by commas; the name is left out where it is
the directive's own, and ``@SINCE`` where the form is as old as the directive. VERSIONS is
``SINCE``, or ``SINCE..UNTIL`` for what later managers have dropped. ARGUMENT means what the
grammar makes of it; for strings and lists it is the words and the classes of text that are
allowed (`runwrap.properties.values`), each with ``@SINCE`` where it came later. UNITS are the
unit types of the group that have it, separated by commas, where managers refuse it for others.
"""


def _read(group: str, row: str) -> Directive:
    fields = [field if field != "-" else "" for field in row.split(" ")]
    name, grammar, wire, versions, argument, successor, units = fields + [""] * (7 - len(fields))
    forms = []
    for pair in wire.split(",") if wire else ():
        dbus_name, _, rest = pair.partition(":")
        signature, _, form_since = rest.partition("@")
        forms.append(Form(dbus_name or name, signature, int(form_since) if form_since else None))
    since, _, until = versions.partition("..")
    return Directive(
        name,
        group,
        grammar,
        tuple(forms),
        int(since) if since else None,
        int(until) if until else None,
        argument,
        successor,
        tuple(units.split(",")) if units else (),
    )


def _rows_by_name() -> dict[str, list[tuple[str, str]]]:
    """Return the group and the text of each row, by the directive's name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for section in _ROWS.split("\n[")[1:]:
        group, *rows = section.splitlines()
        for row in rows:
            found.setdefault(row[: row.index(" ")], []).append((group[:-1], row))
    return found


_BY_NAME: Final = _rows_by_name()
_FOUND: Final[dict[tuple[str, str], Directive]] = {}


def directives() -> tuple[Directive, ...]:
    """Return every directive, by group. A name occurs once for each group that has it."""
    return tuple(
        _read(section.partition("]")[0], row)
        for section in _ROWS.split("\n[")[1:]
        for row in section.splitlines()[1:]
    )


def find(name: str, unit_type: UnitType = "service") -> Directive | None:
    """Return the directive *name* of units of *unit_type*, or None where they have none."""
    found = _FOUND.get((name, unit_type))
    if found is None:
        for row in find_elsewhere(name):
            if unit_type in row.unit_types:
                found = _FOUND[name, unit_type] = row
    return found


def find_elsewhere(name: str) -> tuple[Directive, ...]:
    """Return the directives called *name*, of whatever unit types."""
    return tuple(_read(group, row) for group, row in _BY_NAME.get(name, ()))
