# Completion of runwrap(1) for bash.
#
# Made by completions/generate.py from the tables of runwrap; edit those.
# Sourced by bash-completion when it is first needed; without that, by ~/.bashrc.

# Set names to the directives that units of the type $1 have.
_runwrap_names()
{
    names=''
    case $1 in
        service | scope | timer | path | socket)
            names+='
                After AllowIsolate AssertACPower AssertArchitecture AssertCPUFeature
                AssertCPUPressure AssertCPUs AssertCapability AssertControlGroupController
                AssertCredential AssertDirectoryNotEmpty AssertEnvironment
                AssertFileIsExecutable AssertFileNotEmpty AssertFirmware AssertFirstBoot
                AssertFraction AssertGroup AssertHost AssertIOPressure AssertKernelCommandLine
                AssertKernelModuleLoaded AssertKernelVersion AssertMachineTag AssertMemory
                AssertMemoryPressure AssertNeedsUpdate AssertOSRelease AssertPathExists
                AssertPathExistsGlob AssertPathIsDirectory AssertPathIsEncrypted
                AssertPathIsMountPoint AssertPathIsReadWrite AssertPathIsSocket
                AssertPathIsSymbolicLink AssertSecurity AssertUser AssertVersion
                AssertVirtualization Before BindsTo CollectMode ConditionACPower
                ConditionArchitecture ConditionCPUFeature ConditionCPUPressure ConditionCPUs
                ConditionCapability ConditionControlGroupController ConditionCredential
                ConditionDirectoryNotEmpty ConditionEnvironment ConditionFileIsExecutable
                ConditionFileNotEmpty ConditionFirmware ConditionFirstBoot ConditionFraction
                ConditionGroup ConditionHost ConditionIOPressure ConditionKernelCommandLine
                ConditionKernelModuleLoaded ConditionKernelVersion ConditionMachineTag
                ConditionMemory ConditionMemoryPressure ConditionNeedsUpdate ConditionOSRelease
                ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory
                ConditionPathIsEncrypted ConditionPathIsMountPoint ConditionPathIsReadWrite
                ConditionPathIsSocket ConditionPathIsSymbolicLink ConditionSecurity
                ConditionUser ConditionVersion ConditionVirtualization Conflicts
                DefaultDependencies Description Documentation FailureAction
                FailureActionExitStatus IgnoreOnIsolate JobRunningTimeoutSec JobTimeoutAction
                JobTimeoutRebootArgument JoinsNamespaceOf Markers OnFailure OnFailureJobMode
                OnSuccess PartOf PropagatesReloadTo PropagatesStopTo RebootArgument
                RefuseManualStart RefuseManualStop ReloadPropagatedFrom Requires
                RequiresMountsFor Requisite SourcePath StartLimitAction StartLimitBurst
                StartLimitIntervalSec StopPropagatedFrom StopWhenUnneeded SuccessAction
                SuccessActionExitStatus SurviveFinalKillSignal Upholds Wants WantsMountsFor
            '
            ;;&
        service | scope | socket)
            names+='
                AllowedCPUs AllowedMemoryNodes BPFProgram BindNetworkInterface CPUAccounting
                CPUPressureThresholdSec CPUPressureWatch CPUQuota CPUQuotaPeriodSec
                CPUSetPartition CPUWeight DeviceAllow DevicePolicy DisableControllers
                FinalKillSignal Group IOAccounting IODeviceLatencyTargetSec IODeviceWeight
                IOPressureThresholdSec IOPressureWatch IOReadBandwidthMax IOReadIOPSMax IOWeight
                IOWriteBandwidthMax IOWriteIOPSMax IPAccounting IPAddressAllow IPAddressDeny
                IPEgressFilterPath IPIngressFilterPath KillMode KillSignal ManagedOOMPreference
                MemoryAccounting MemoryHigh MemoryLow MemoryMax MemoryMin
                MemoryPressureThresholdSec MemoryPressureWatch MemorySwapMax MemoryZSwapMax
                MemoryZSwapWriteback NFTSet RestartKillSignal SendSIGHUP SendSIGKILL Slice
                SocketBindAllow SocketBindDeny StartupAllowedCPUs StartupAllowedMemoryNodes
                StartupCPUWeight StartupIOWeight TasksAccounting TasksMax User WatchdogSignal
            '
            ;;&
        path | socket)
            names+='
                DirectoryMode TriggerLimitBurst TriggerLimitIntervalSec
            '
            ;;&
        service | scope)
            names+='
                CoredumpReceive Delegate DelegateSubgroup ManagedOOMMemoryPressure
                ManagedOOMMemoryPressureDurationSec ManagedOOMMemoryPressureLimit ManagedOOMSwap
                OOMPolicy OOMRules RuntimeMaxSec RuntimeRandomizedExtraSec TimeoutStopSec
            '
            ;;&
        service | socket)
            names+='
                AmbientCapabilities AppArmorProfile BPFDelegateAttachments BPFDelegateCommands
                BPFDelegateMaps BPFDelegatePrograms BindLogSockets BindPaths BindReadOnlyPaths
                CPUAffinity CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork
                CacheDirectory CacheDirectoryAccounting CacheDirectoryMode CacheDirectoryQuota
                CapabilityBoundingSet ConfigurationDirectory ConfigurationDirectoryMode
                CoredumpFilter DelegateNamespaces DynamicUser Environment EnvironmentFile
                ExecPaths ExecSearchPath ExecStartPost ExecStartPre ExecStopPost
                ExtensionDirectories ExtensionImagePolicy ExtensionImages IOSchedulingClass
                IOSchedulingPriority IPCNamespacePath IgnoreSIGPIPE ImportCredential
                InaccessibleDirectories InaccessiblePaths KeyringMode LimitAS LimitCORE LimitCPU
                LimitDATA LimitFSIZE LimitLOCKS LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE
                LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME LimitSIGPENDING LimitSTACK
                LoadCredential LoadCredentialEncrypted LockPersonality LogExtraFields
                LogFilterPatterns LogLevelMax LogNamespace LogRateLimitBurst
                LogRateLimitIntervalSec LogsDirectory LogsDirectoryAccounting LogsDirectoryMode
                LogsDirectoryQuota MemoryDenyWriteExecute MemoryKSM MemoryTHP MountAPIVFS
                MountFlags MountImagePolicy MountImages NUMAMask NUMAPolicy NetworkNamespacePath
                Nice NoExecPaths NoNewPrivileges OOMScoreAdjust PAMName PassEnvironment
                Personality PrivateBPF PrivateDevices PrivateIPC PrivateMounts PrivateNetwork
                PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups ProtectHome
                ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables
                ProtectProc ProtectSystem ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories
                ReadWritePaths RemoveIPC RestrictAddressFamilies RestrictFileSystems
                RestrictNamespaces RestrictNetworkInterfaces RestrictRealtime RestrictSUIDSGID
                RootDirectory RootEphemeral RootHash RootHashSignature RootImage
                RootImageOptions RootImagePolicy RootMStack RootVerity RuntimeDirectory
                RuntimeDirectoryMode RuntimeDirectoryPreserve SELinuxContext SecureBits
                SetCredential SetCredentialEncrypted SetLoginEnvironment SmackProcessLabel
                StandardError StandardInput StandardInputData StandardInputText StandardOutput
                StateDirectory StateDirectoryAccounting StateDirectoryMode StateDirectoryQuota
                SupplementaryGroups SyslogFacility SyslogIdentifier SyslogLevel
                SyslogLevelPrefix SystemCallArchitectures SystemCallErrorNumber SystemCallFilter
                SystemCallLog TTYColumns TTYPath TTYReset TTYRows TTYVHangup TTYVTDisallocate
                TemporaryFileSystem TimeoutSec TimerSlackNSec UMask UnsetEnvironment
                UserNamespacePath UtmpIdentifier UtmpMode WorkingDirectory
            '
            ;;&
        path)
            names+='
                DirectoryNotEmpty MakeDirectory PathChanged PathExists PathExistsGlob
                PathModified
            '
            ;;&
        service)
            names+='
                BusName ExecCondition ExecReload ExecReloadPost ExecStart ExecStop ExitType
                FileDescriptorStoreMax FileDescriptorStorePreserve GuessMainPID LUOSession
                NotifyAccess OpenFile PIDFile PermissionsStartOnly PrivatePIDs RefreshOnReload
                ReloadSignal RemainAfterExit Restart RestartForceExitStatus RestartMaxDelaySec
                RestartMode RestartPreventExitStatus RestartRandomizedDelaySec RestartSec
                RestartSteps RootDirectoryStartOnly SuccessExitStatus TimeoutAbortSec
                TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode Type
                USBFunctionDescriptors USBFunctionStrings WatchdogSec
            '
            ;;&
        socket)
            names+='
                Accept Backlog BindIPv6Only BindToDevice Broadcast DeferAcceptSec DeferTrigger
                DeferTriggerMaxSec ExecStopPre FileDescriptorName FlushPending FreeBind IPTOS
                IPTTL KeepAlive KeepAliveIntervalSec KeepAliveProbes KeepAliveTimeSec
                ListenDatagram ListenFIFO ListenMessageQueue ListenNetlink
                ListenSequentialPacket ListenSpecial ListenStream ListenUSBFunction Mark
                MaxConnections MaxConnectionsPerSource MessageQueueMaxMessages
                MessageQueueMessageSize NoDelay PassCredentials PassFileDescriptorsToExec
                PassPacketInfo PassSecurity PipeSize PollLimitBurst PollLimitIntervalSec
                Priority ReceiveBuffer RemoveOnStop ReusePort SELinuxContextFromNet SendBuffer
                SmackLabel SmackLabelIPIn SmackLabelIPOut SocketGroup SocketMode SocketProtocol
                SocketUser Symlinks TCPCongestion Timestamping Transparent Writable XAttrAccept
                XAttrEntryPoint XAttrListen
            '
            ;;&
        timer)
            names+='
                AccuracySec DeferReactivation FixedRandomDelay OnActiveSec OnBootSec OnCalendar
                OnClockChange OnStartupSec OnTimezoneChange OnUnitActiveSec OnUnitInactiveSec
                Persistent RandomizedDelaySec RandomizedOffsetSec RemainAfterElapse WakeSystem
            '
            ;;&
    esac
}

# Say what the value of the directive $1 is completed with, in the caller's variables:
# words, source (see _runwrap_source), separator (of several) and marks (that may stand before).
_runwrap_value()
{
    case $1 in
        Accept | AllowIsolate | BindLogSockets | Broadcast | CPUAccounting | \
        CPUSchedulingResetOnFork | CacheDirectoryAccounting | CoredumpReceive | \
        DefaultDependencies | DeferReactivation | DynamicUser | FixedRandomDelay | \
        FlushPending | FreeBind | GuessMainPID | IOAccounting | IPAccounting | IgnoreOnIsolate | \
        IgnoreSIGPIPE | KeepAlive | LockPersonality | LogsDirectoryAccounting | MakeDirectory | \
        MemoryAccounting | MemoryDenyWriteExecute | MemoryKSM | MemoryZSwapWriteback | \
        MountAPIVFS | NoDelay | NoNewPrivileges | OnClockChange | OnTimezoneChange | \
        PassCredentials | PassFileDescriptorsToExec | PassPacketInfo | PassSecurity | \
        PermissionsStartOnly | Persistent | PrivateBPF | PrivateDevices | PrivateIPC | \
        PrivateMounts | PrivateNetwork | PrivatePIDs | ProtectClock | ProtectKernelLogs | \
        ProtectKernelModules | ProtectKernelTunables | RefuseManualStart | RefuseManualStop | \
        RemainAfterElapse | RemainAfterExit | RemoveIPC | RemoveOnStop | RestrictRealtime | \
        RestrictSUIDSGID | ReusePort | RootDirectoryStartOnly | RootEphemeral | \
        SELinuxContextFromNet | SendSIGHUP | SendSIGKILL | SetLoginEnvironment | \
        StateDirectoryAccounting | StopWhenUnneeded | SurviveFinalKillSignal | \
        SyslogLevelPrefix | TTYReset | TTYVHangup | TTYVTDisallocate | TasksAccounting | \
        Transparent | WakeSystem | Writable)
            words='yes no'
            ;;
        After | Before | BindsTo | Conflicts | JoinsNamespaceOf | OnFailure | OnSuccess | \
        PartOf | PropagatesReloadTo | PropagatesStopTo | ReloadPropagatedFrom | Requires | \
        Requisite | StopPropagatedFrom | Upholds | Wants)
            source='unit'
            separator=' '
            ;;
        AmbientCapabilities | CapabilityBoundingSet)
            words='
                CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL
                CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE
                CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER
                CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT
                CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME
                CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL
                CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM
                CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE
            '
            separator=' '
            marks='~'
            ;;
        AssertACPower | AssertFirstBoot | ConditionACPower | ConditionFirstBoot)
            words='yes no'
            marks='|!'
            ;;
        AssertArchitecture | ConditionArchitecture)
            words='
                native nios2 x86 x86-64 ppc ppc-le ppc64 ppc64-le ia64 parisc parisc64 s390
                s390x sparc sparc64 mips mips-le mips64 mips64-le alpha arm arm-be arm64
                arm64-be sh sh64 m68k tilegx cris arc arc-be loongarch64 riscv32 riscv64
            '
            marks='|!'
            ;;
        AssertCPUFeature | ConditionCPUFeature)
            words='
                fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush
                mmx fxsr sse sse2 ht pni pclmul monitor ssse3 fma3 cx16 sse4_1 sse4_2 movbe
                popcnt aes xsave osxsave avx f16c rdrand bmi1 avx2 bmi2 rdseed adx sha_ni
                syscall rdtscp lm lahf_lm abm constant_tsc
            '
            marks='|!'
            ;;
        AssertCapability | ConditionCapability)
            words='
                CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL
                CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE
                CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER
                CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT
                CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME
                CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL
                CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM
                CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE
            '
            marks='|!'
            ;;
        AssertControlGroupController | ConditionControlGroupController)
            words='
                cpu cpuacct cpuset io blkio memory devices pids bpf-firewall bpf-devices
                bpf-foreign bpf-socket-bind bpf-restrict-network-interfaces
                bpf-bind-network-interface v1 v2
            '
            marks='|!'
            ;;
        AssertDirectoryNotEmpty | AssertFileIsExecutable | AssertFileNotEmpty | \
        AssertPathExists | AssertPathExistsGlob | AssertPathIsEncrypted | \
        AssertPathIsMountPoint | AssertPathIsReadWrite | AssertPathIsSocket | \
        AssertPathIsSymbolicLink | ConditionDirectoryNotEmpty | ConditionFileIsExecutable | \
        ConditionFileNotEmpty | ConditionPathExists | ConditionPathExistsGlob | \
        ConditionPathIsEncrypted | ConditionPathIsMountPoint | ConditionPathIsReadWrite | \
        ConditionPathIsSocket | ConditionPathIsSymbolicLink)
            source='file'
            marks='|!'
            ;;
        AssertEnvironment | ConditionEnvironment)
            source='variable'
            marks='|!'
            ;;
        AssertFirmware | ConditionFirmware)
            words='device-tree uefi'
            marks='|!'
            ;;
        AssertGroup | ConditionGroup)
            source='group'
            marks='|!'
            ;;
        AssertNeedsUpdate | ConditionNeedsUpdate)
            words='/etc /var /etc/ /var/'
            marks='|!'
            ;;
        AssertPathIsDirectory | ConditionPathIsDirectory)
            source='directory'
            marks='|!'
            ;;
        AssertSecurity | ConditionSecurity)
            words='
                selinux apparmor tomoyo smack ima audit uefi-secureboot tpm2 cvm measured-uki
                measured-os
            '
            marks='|!'
            ;;
        AssertUser | ConditionUser)
            words='@system'
            source='user'
            marks='|!'
            ;;
        AssertVirtualization | ConditionVirtualization)
            words='
                yes no vm container private-users none kvm amazon qemu bochs xen uml vmware
                oracle microsoft zvm parallels bhyve qnx acrn powervm apple sre google vm-other
                systemd-nspawn lxc-libvirt lxc openvz docker podman rkt wsl proot pouch
                container-other
            '
            marks='|!'
            ;;
        BPFDelegateAttachments)
            words='
                any BPFCgroupInetIngress BPFCgroupInetEgress BPFCgroupInetSockCreate
                BPFCgroupSockOps BPFSkSkbStreamParser BPFSkSkbStreamVerdict BPFCgroupDevice
                BPFSkMsgVerdict BPFCgroupInet4Bind BPFCgroupInet6Bind BPFCgroupInet4Connect
                BPFCgroupInet6Connect BPFCgroupInet4PostBind BPFCgroupInet6PostBind
                BPFCgroupUdp4Sendmsg BPFCgroupUdp6Sendmsg BPFLircMode2 BPFFlowDissector
                BPFCgroupSysctl BPFCgroupUdp4Recvmsg BPFCgroupUdp6Recvmsg BPFCgroupGetsockopt
                BPFCgroupSetsockopt BPFTraceRawTp BPFTraceFentry BPFTraceFexit BPFModifyReturn
                BPFLsmMac BPFTraceIter BPFCgroupInet4Getpeername BPFCgroupInet6Getpeername
                BPFCgroupInet4Getsockname BPFCgroupInet6Getsockname BPFXdpDevmap
                BPFCgroupInetSockRelease BPFXdpCpumap BPFSkLookup BPFXdp BPFSkSkbVerdict
                BPFSkReuseportSelect BPFSkReuseportSelectOrMigrate BPFPerfEvent
                BPFTraceKprobeMulti BPFLsmCgroup BPFStructOps BPFNetfilter BPFTcxIngress
                BPFTcxEgress BPFTraceUprobeMulti BPFCgroupUnixConnect BPFCgroupUnixSendmsg
                BPFCgroupUnixRecvmsg BPFCgroupUnixGetpeername BPFCgroupUnixGetsockname
                BPFNetkitPrimary BPFNetkitPeer BPFTraceKprobeSession BPFTraceUprobeSession
                BPFTraceFsession BPFTraceFentryMulti BPFTraceFexitMulti BPFTraceFsessionMulti
            '
            separator=','
            ;;
        BPFDelegateCommands)
            words='
                any BPFMapCreate BPFMapLookupElem BPFMapUpdateElem BPFMapDeleteElem
                BPFMapGetNextKey BPFProgLoad BPFObjPin BPFObjGet BPFProgAttach BPFProgDetach
                BPFProgTestRun BPFProgGetNextId BPFMapGetNextId BPFProgGetFdById BPFMapGetFdById
                BPFObjGetInfoByFd BPFProgQuery BPFRawTracepointOpen BPFBtfLoad BPFBtfGetFdById
                BPFTaskFdQuery BPFMapLookupAndDeleteElem BPFMapFreeze BPFBtfGetNextId
                BPFMapLookupBatch BPFMapLookupAndDeleteBatch BPFMapUpdateBatch BPFMapDeleteBatch
                BPFLinkCreate BPFLinkUpdate BPFLinkGetFdById BPFLinkGetNextId BPFEnableStats
                BPFIterCreate BPFLinkDetach BPFProgBindMap BPFTokenCreate BPFProgStreamReadByFd
                BPFProgAssocStructOps
            '
            separator=','
            ;;
        BPFDelegateMaps)
            words='
                any BPFMapTypeUnspec BPFMapTypeHash BPFMapTypeArray BPFMapTypeProgArray
                BPFMapTypePerfEventArray BPFMapTypePercpuHash BPFMapTypePercpuArray
                BPFMapTypeStackTrace BPFMapTypeCgroupArray BPFMapTypeLruHash
                BPFMapTypeLruPercpuHash BPFMapTypeLpmTrie BPFMapTypeArrayOfMaps
                BPFMapTypeHashOfMaps BPFMapTypeDevmap BPFMapTypeSockmap BPFMapTypeCpumap
                BPFMapTypeXskmap BPFMapTypeSockhash BPFMapTypeCgroupStorageDeprecated
                BPFMapTypeReuseportSockarray BPFMapTypePercpuCgroupStorageDeprecated
                BPFMapTypeQueue BPFMapTypeStack BPFMapTypeSkStorage BPFMapTypeDevmapHash
                BPFMapTypeStructOps BPFMapTypeRingbuf BPFMapTypeInodeStorage
                BPFMapTypeTaskStorage BPFMapTypeBloomFilter BPFMapTypeUserRingbuf
                BPFMapTypeCgrpStorage BPFMapTypeArena BPFMapTypeInsnArray BPFMapTypeRhash
            '
            separator=','
            ;;
        BPFDelegatePrograms)
            words='
                any BPFProgTypeUnspec BPFProgTypeSocketFilter BPFProgTypeKprobe
                BPFProgTypeSchedCls BPFProgTypeSchedAct BPFProgTypeTracepoint BPFProgTypeXdp
                BPFProgTypePerfEvent BPFProgTypeCgroupSkb BPFProgTypeCgroupSock BPFProgTypeLwtIn
                BPFProgTypeLwtOut BPFProgTypeLwtXmit BPFProgTypeSockOps BPFProgTypeSkSkb
                BPFProgTypeCgroupDevice BPFProgTypeSkMsg BPFProgTypeRawTracepoint
                BPFProgTypeCgroupSockAddr BPFProgTypeLwtSeg6local BPFProgTypeLircMode2
                BPFProgTypeSkReuseport BPFProgTypeFlowDissector BPFProgTypeCgroupSysctl
                BPFProgTypeRawTracepointWritable BPFProgTypeCgroupSockopt BPFProgTypeTracing
                BPFProgTypeStructOps BPFProgTypeExt BPFProgTypeLsm BPFProgTypeSkLookup
                BPFProgTypeNetfilter
            '
            separator=','
            ;;
        BindIPv6Only)
            words='default both ipv6-only yes no'
            ;;
        BindNetworkInterface | BindToDevice)
            source='interface'
            ;;
        BindPaths | BindReadOnlyPaths | ExtensionDirectories | ExtensionImages | MountImages)
            source='file'
            separator=' '
            marks='-'
            ;;
        CPUAffinity)
            words='numa'
            ;;
        CPUPressureWatch | IOPressureWatch | MemoryPressureWatch)
            words='yes no auto skip'
            ;;
        CPUQuotaPeriodSec | LimitAS | LimitCORE | LimitCPU | LimitDATA | LimitFSIZE | \
        LimitLOCKS | LimitMEMLOCK | LimitMSGQUEUE | LimitNOFILE | LimitNPROC | LimitRSS | \
        LimitRTPRIO | LimitRTTIME | LimitSIGPENDING | LimitSTACK | MemoryHigh | MemoryLow | \
        MemoryMax | MemoryMin | MemorySwapMax | MemoryZSwapMax | TasksMax)
            words='infinity'
            ;;
        CPUSchedulingPolicy)
            words='other batch idle fifo rr'
            ;;
        CPUSetPartition)
            words='member root isolated'
            ;;
        CPUWeight | StartupCPUWeight)
            words='idle'
            ;;
        CacheDirectoryQuota | LogsDirectoryQuota | StateDirectoryQuota)
            words='off'
            ;;
        CollectMode)
            words='inactive inactive-or-failed'
            ;;
        CoredumpFilter)
            words='
                private-anonymous shared-anonymous private-file-backed shared-file-backed
                elf-headers private-huge shared-huge private-dax shared-dax all default
            '
            separator=' '
            ;;
        DeferTrigger)
            words='yes no patient'
            ;;
        Delegate)
            words='
                yes no cpu cpuacct cpuset io blkio memory devices pids bpf-firewall bpf-devices
                bpf-foreign bpf-socket-bind bpf-restrict-network-interfaces
                bpf-bind-network-interface
            '
            separator=' '
            ;;
        DelegateNamespaces | RestrictNamespaces)
            words='yes no cgroup ipc net mnt pid user uts time'
            separator=' '
            marks='~'
            ;;
        DeviceAllow | DirectoryNotEmpty | IODeviceLatencyTargetSec | IODeviceWeight | \
        IOReadBandwidthMax | IOReadIOPSMax | IOWriteBandwidthMax | IOWriteIOPSMax | \
        IPCNamespacePath | IPEgressFilterPath | IPIngressFilterPath | ListenDatagram | \
        ListenFIFO | ListenMessageQueue | ListenNetlink | ListenSequentialPacket | \
        ListenSpecial | ListenStream | ListenUSBFunction | NetworkNamespacePath | OpenFile | \
        PIDFile | PathChanged | PathExists | PathExistsGlob | PathModified | RootHash | \
        RootHashSignature | RootImage | RootMStack | RootVerity | SourcePath | TTYPath | \
        USBFunctionDescriptors | USBFunctionStrings | UserNamespacePath)
            source='file'
            ;;
        DevicePolicy)
            words='auto closed strict'
            ;;
        DisableControllers)
            words='
                cpu cpuacct cpuset io blkio memory devices pids bpf-firewall bpf-devices
                bpf-foreign bpf-socket-bind bpf-restrict-network-interfaces
                bpf-bind-network-interface
            '
            separator=' '
            ;;
        EnvironmentFile)
            source='file'
            marks='-'
            ;;
        ExecCondition | ExecReload | ExecReloadPost | ExecStart | ExecStartPost | ExecStartPre | \
        ExecStop | ExecStopPost | ExecStopPre)
            source='file'
            marks='@|:+!-'
            ;;
        ExecPaths | InaccessibleDirectories | InaccessiblePaths | NoExecPaths | \
        ReadOnlyDirectories | ReadOnlyPaths | ReadWriteDirectories | ReadWritePaths)
            source='file'
            separator=' '
            marks='+-'
            ;;
        ExecSearchPath)
            source='file'
            separator=':'
            ;;
        ExitType)
            words='main cgroup'
            ;;
        FailureAction | JobTimeoutAction | StartLimitAction | SuccessAction)
            words='
                none reboot reboot-force reboot-immediate poweroff poweroff-force
                poweroff-immediate exit exit-force soft-reboot soft-reboot-force kexec
                kexec-force halt halt-force halt-immediate
            '
            ;;
        FileDescriptorStorePreserve)
            words='yes no restart on-success'
            ;;
        FinalKillSignal | KillSignal | ReloadSignal | RestartKillSignal | WatchdogSignal)
            words='
                SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1
                SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP
                SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO
                SIGPWR SIGSYS SIGRTMIN SIGRTMAX
            '
            ;;
        Group | SocketGroup)
            source='group'
            ;;
        IOSchedulingClass)
            words='none realtime best-effort idle'
            ;;
        IOSchedulingPriority)
            words='0 1 2 3 4 5 6 7'
            ;;
        IPAddressAllow | IPAddressDeny)
            words='any localhost link-local multicast'
            separator=' '
            ;;
        IPTOS)
            words='low-delay throughput reliability low-cost'
            ;;
        KeyringMode)
            words='inherit private shared'
            ;;
        KillMode)
            words='control-group mixed process none'
            ;;
        LogLevelMax | SyslogLevel)
            words='emerg alert crit err warning notice info debug'
            ;;
        ManagedOOMMemoryPressure | ManagedOOMSwap)
            words='auto kill'
            ;;
        ManagedOOMPreference)
            words='none avoid omit'
            ;;
        Markers)
            words='
                needs-restart needs-reload needs-start needs-stop +needs-restart +needs-reload
                +needs-start +needs-stop -needs-restart -needs-reload -needs-start -needs-stop
            '
            separator=' '
            ;;
        MemoryTHP)
            words='inherit disable madvise system'
            ;;
        MountFlags)
            words='shared slave private'
            ;;
        NUMAMask)
            words='all'
            ;;
        NUMAPolicy)
            words='default preferred bind interleave local preferred-many weighted-interleave'
            ;;
        Nice)
            words='
                -20 -19 -18 -17 -16 -15 -14 -13 -12 -11 -10 -9 -8 -7 -6 -5 -4 -3 -2 -1 0 1 2 3 4
                5 6 7 8 9 10 11 12 13 14 15 16 17 18 19
            '
            ;;
        NotifyAccess)
            words='none main exec all'
            ;;
        OOMPolicy)
            words='continue stop kill'
            ;;
        OnCalendar)
            words='minutely hourly daily monthly weekly quarterly yearly annually semiannually'
            ;;
        OnFailureJobMode)
            words='
                fail replace replace-irreversibly isolate flush ignore-dependencies
                ignore-requirements triggering restart-dependencies lenient
            '
            ;;
        PassEnvironment | UnsetEnvironment)
            source='variable'
            separator=' '
            ;;
        Personality)
            words='x86 x86-64 ppc ppc-le ppc64 ppc64-le s390 s390x arm64 arm64-be arm arm-be'
            ;;
        PrivateTmp)
            words='yes no disconnected connected'
            ;;
        PrivateUsers)
            words='yes no self identity full managed'
            ;;
        ProcSubset)
            words='all pid'
            ;;
        ProtectControlGroups)
            words='yes no private strict'
            ;;
        ProtectHome)
            words='yes no read-only tmpfs'
            ;;
        ProtectHostname)
            words='yes no private'
            ;;
        ProtectProc)
            words='noaccess invisible ptraceable default'
            ;;
        ProtectSystem)
            words='yes no full strict'
            ;;
        RefreshOnReload)
            words='yes no extensions credentials'
            separator=' '
            marks='~'
            ;;
        RequiresMountsFor | Symlinks | TemporaryFileSystem | WantsMountsFor)
            source='file'
            separator=' '
            ;;
        Restart)
            words='no on-success on-failure on-abnormal on-watchdog on-abort always'
            ;;
        RestartForceExitStatus | RestartPreventExitStatus | SuccessExitStatus)
            words='
                SUCCESS FAILURE INVALIDARGUMENT NOTIMPLEMENTED NOPERMISSION NOTINSTALLED
                NOTCONFIGURED NOTRUNNING USAGE DATAERR NOINPUT NOUSER NOHOST UNAVAILABLE
                SOFTWARE OSERR OSFILE CANTCREAT IOERR TEMPFAIL PROTOCOL NOPERM CONFIG CHDIR NICE
                FDS EXEC MEMORY LIMITS OOM_ADJUST SIGNAL_MASK STDIN STDOUT CHROOT IOPRIO
                TIMERSLACK SECUREBITS SETSCHEDULER CPUAFFINITY GROUP USER CAPABILITIES CGROUP
                SETSID CONFIRM STDERR PAM NETWORK NAMESPACE NO_NEW_PRIVILEGES SECCOMP
                SELINUX_CONTEXT PERSONALITY APPARMOR ADDRESS_FAMILIES RUNTIME_DIRECTORY CHOWN
                SMACK_PROCESS_LABEL KEYRING STATE_DIRECTORY CACHE_DIRECTORY LOGS_DIRECTORY
                CONFIGURATION_DIRECTORY NUMA_POLICY CREDENTIALS BPF KSM MEMORY_THP EXCEPTION
                SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1
                SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP
                SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO
                SIGPWR SIGSYS SIGRTMIN SIGRTMAX
            '
            separator=' '
            ;;
        RestartMode)
            words='normal direct debug'
            ;;
        RestrictAddressFamilies)
            words='
                AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_LOCAL AF_FILE AF_ALG
                AF_APPLETALK AF_ASH AF_ATMPVC AF_ATMSVC AF_AX25 AF_BLUETOOTH AF_BRIDGE AF_CAIF
                AF_CAN AF_DECnet AF_ECONET AF_IB AF_IEEE802154 AF_IPX AF_IRDA AF_ISDN AF_IUCV
                AF_KCM AF_KEY AF_LLC AF_MCTP AF_MPLS AF_NETBEUI AF_NETROM AF_NFC AF_PHONET
                AF_PPPOX AF_QIPCRTR AF_RDS AF_ROSE AF_ROUTE AF_RXRPC AF_SECURITY AF_SMC AF_SNA
                AF_TIPC AF_VSOCK AF_WANPIPE AF_X25 AF_XDP none
            '
            separator=' '
            marks='~'
            ;;
        RestrictFileSystems)
            words='
                @auxiliary-api @basic-api @common-block @historical-block @known @network
                @privileged-api @security @temporary @application
            '
            separator=' '
            marks='~'
            ;;
        RestrictNetworkInterfaces)
            source='interface'
            separator=' '
            marks='~'
            ;;
        RootDirectory)
            source='directory'
            ;;
        RuntimeDirectoryPreserve)
            words='yes no restart'
            ;;
        SecureBits)
            words='
                noroot noroot-locked no-setuid-fixup no-setuid-fixup-locked keep-caps
                keep-caps-locked no-cap-ambient-raise no-cap-ambient-raise-locked
                exec-restrict-file exec-restrict-file-locked exec-deny-interactive
                exec-deny-interactive-locked
            '
            separator=' '
            ;;
        Slice)
            source='slice'
            ;;
        SocketBindAllow | SocketBindDeny)
            words='any'
            ;;
        SocketProtocol)
            words='udplite sctp mptcp'
            ;;
        SocketUser | User)
            source='user'
            ;;
        StandardError | StandardOutput)
            words='
                inherit null tty journal journal+console kmsg kmsg+console socket fd file:
                append: truncate: fd:
            '
            ;;
        StandardInput)
            words='null tty tty-force tty-fail data socket fd file: fd:'
            ;;
        SupplementaryGroups)
            source='group'
            separator=' '
            ;;
        SyslogFacility)
            words='
                kern user mail daemon auth syslog lpr news uucp cron authpriv ftp local0 local1
                local2 local3 local4 local5 local6 local7
            '
            ;;
        SystemCallArchitectures)
            words='
                native x86 x86-64 x32 arm arm64 mips mips-le mips64 mips64-le mips64-n32
                mips64-le-n32 parisc parisc64 ppc ppc64 ppc64-le s390 s390x loongarch64 riscv64
            '
            separator=' '
            ;;
        SystemCallErrorNumber)
            words='
                E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EADV EAFNOSUPPORT EAGAIN EALREADY EBADE
                EBADF EBADFD EBADMSG EBADR EBADRQC EBADSLT EBFONT EBUSY ECANCELED ECHILD ECHRNG
                ECOMM ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDEADLOCK EDESTADDRREQ EDOM
                EDOTDOT EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH EHWPOISON EIDRM EILSEQ
                EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR EISNAM EKEYEXPIRED EKEYREJECTED
                EKEYREVOKED EL2HLT EL2NSYNC EL3HLT EL3RST ELIBACC ELIBBAD ELIBEXEC ELIBMAX
                ELIBSCN ELNRNG ELOOP EMEDIUMTYPE EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG
                ENAVAIL ENETDOWN ENETRESET ENETUNREACH ENFILE ENOANO ENOBUFS ENOCSI ENODATA
                ENODEV ENOENT ENOEXEC ENOKEY ENOLCK ENOLINK ENOMEDIUM ENOMEM ENOMSG ENONET
                ENOPKG ENOPROTOOPT ENOSPC ENOSR ENOSTR ENOSYS ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY
                ENOTNAM ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY ENOTUNIQ ENXIO EOPNOTSUPP
                EOVERFLOW EOWNERDEAD EPERM EPFNOSUPPORT EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE
                ERANGE EREMCHG EREMOTE EREMOTEIO ERESTART ERFKILL EROFS ESHUTDOWN
                ESOCKTNOSUPPORT ESPIPE ESRCH ESRMNT ESTALE ESTRPIPE ETIME ETIMEDOUT ETOOMANYREFS
                ETXTBSY EUCLEAN EUNATCH EUSERS EWOULDBLOCK EXDEV EXFULL kill
            '
            ;;
        SystemCallFilter | SystemCallLog)
            source='system-call'
            separator=' '
            marks='~'
            ;;
        TimeoutStartFailureMode | TimeoutStopFailureMode)
            words='terminate abort kill'
            ;;
        Timestamping)
            words='off us usec ns nsec yes no'
            ;;
        Type)
            words='simple exec forking oneshot dbus notify notify-reload idle'
            ;;
        UtmpMode)
            words='init login user'
            ;;
        WorkingDirectory)
            source='directory'
            marks='-'
            ;;
    esac
}

# Say the same of the value of the option $1.
_runwrap_option_value()
{
    case $1 in
        -u | --unit)
            source='unit'
            ;;
        -p | --property)
            source='property:service'
            ;;
        --slice)
            source='slice'
            ;;
        --service-type)
            words='simple exec forking oneshot dbus notify notify-reload idle'
            ;;
        --job-mode)
            words='
                fail lenient replace replace-irreversibly isolate flush ignore-dependencies
                ignore-requirements triggering restart-dependencies help
            '
            ;;
        --uid)
            source='user'
            ;;
        --gid)
            source='group'
            ;;
        --nice)
            words='
                -20 -19 -18 -17 -16 -15 -14 -13 -12 -11 -10 -9 -8 -7 -6 -5 -4 -3 -2 -1 0 1 2 3 4
                5 6 7 8 9 10 11 12 13 14 15 16 17 18 19
            '
            ;;
        --working-directory | --root-directory)
            source='directory'
            ;;
        -E | --setenv)
            source='variable'
            ;;
        --expand-environment)
            words='yes no'
            ;;
        --output)
            words='
                short short-full short-iso short-iso-precise short-precise short-monotonic
                short-delta short-unix verbose export json json-pretty json-sse json-seq cat
                with-unit help
            '
            ;;
        --json)
            words='pretty short off help'
            ;;
        --sandbox)
            words='untrusted offline download build none'
            ;;
        --read | --write | --report)
            source='file'
            ;;
        --allow-net)
            words='localhost any'
            ;;
        --enforce)
            words='strict warn off'
            ;;
        --on-calendar)
            words='minutely hourly daily monthly weekly quarterly yearly annually semiannually'
            ;;
        --timer-property)
            source='property:timer'
            ;;
        --path-property)
            source='property:path'
            ;;
        --socket-property)
            source='property:socket'
            ;;
        -M | --machine)
            source='machine'
            ;;
        -H | --host)
            source='host'
            ;;
        -C | --capsule)
            source='capsule'
            ;;
        --dry-run)
            words='unit json'
            ;;
        --list-properties)
            source='directive'
            ;;
    esac
}

# Tell whether the option $1 takes the next word as its value.
_runwrap_takes_next()
{
    case $1 in
        -u | --unit | -p | --property | --description | --slice | --service-type | --job-mode | \
        --uid | --gid | --nice | --working-directory | --root-directory | -E | --setenv | \
        --expand-environment | --background | --output | --json | --sandbox | --read | --write | \
        --allow-net | --report | --enforce | --max-exposure | --on-active | --on-boot | \
        --on-startup | --on-unit-active | --on-unit-inactive | --on-calendar | \
        --timer-property | --path-property | --socket-property | -M | --machine | -H | --host | \
        -C | --capsule)
            return 0
            ;;
    esac
    return 1
}

# Offer $1 in the place of the part that is completed, if it begins with that.
_runwrap_offer()
{
    local value=$1
    [[ $value == "$part"* ]] || return
    [[ $quote ]] || printf -v value %q "$value"
    value=$head$value
    COMPREPLY+=("${value:start}")
}

# Offer the first word of each line that is read.
_runwrap_offer_lines()
{
    local word
    while read -r word _; do
        # What has no instance yet is no unit.
        [[ $word == *@.* ]] || _runwrap_offer "$word"
    done
}

# Offer files, or with -d directories.
_runwrap_offer_files()
{
    local file names
    names=$(compgen "$1" -- "$part")
    [[ $names ]] || return
    if ((${#head} <= start)); then
        compopt -o filenames
        while IFS= read -r file; do
            COMPREPLY+=("$file")
        done <<<"$names"
    else
        # Readline takes the whole word for a name, so it would look for another file.
        while IFS= read -r file; do
            [[ ! -d $file ]] || file+=/
            _runwrap_offer "$file"
        done <<<"$names"
    fi
}

# Offer the programs of $PATH, or files.
_runwrap_offer_programs()
{
    if [[ $part == */* ]]; then
        _runwrap_offer_files -f
        return
    fi
    local file directory IFS=:
    for directory in $PATH; do
        for file in "${directory:-.}/$part"*; do
            [[ ! -f $file || ! -x $file ]] || _runwrap_offer "${file##*/}"
        done
    done
}

_runwrap_systemctl()
{
    systemctl ${manager:+"$manager"} "$@" --full --all --no-legend --no-pager --plain 2>/dev/null
}

# Offer what the source $1 knows now.
_runwrap_source()
{
    local word
    case $1 in
        unit)
            _runwrap_offer_lines < <(
                _runwrap_systemctl list-units
                _runwrap_systemctl list-unit-files
            )
            ;;
        slice) _runwrap_offer_lines < <(_runwrap_systemctl list-units --type=slice) ;;
        machine)
            _runwrap_offer .host
            _runwrap_offer_lines < <(machinectl list --no-legend --no-pager 2>/dev/null)
            ;;
        capsule)
            for word in /run/capsules/*/; do
                word=${word%/}
                [[ ! -d $word ]] || _runwrap_offer "${word##*/}"
            done
            ;;
        interface)
            for word in /sys/class/net/*; do
                [[ ! -L $word ]] || _runwrap_offer "${word##*/}"
            done
            ;;
        user) _runwrap_offer_lines < <(compgen -u -- "$part") ;;
        group) _runwrap_offer_lines < <(compgen -g -- "$part") ;;
        variable) _runwrap_offer_lines < <(compgen -e -- "$part") ;;
        host) _runwrap_hosts ;;
        file) _runwrap_offer_files -f ;;
        directory) _runwrap_offer_files -d ;;
        system-call)
            local sets calls
            _runwrap_system_calls
            # There are hundreds of calls, so something is to be typed first.
            [[ $part == [!@]* ]] || calls=
            for word in $sets $calls; do
                _runwrap_offer "$word"
            done
            ;;
    esac
}

_runwrap_system_calls()
{
    sets='
        @aio @basic-io @chown @clock @cpu-emulation @debug @default @file-system @io-event @ipc
        @keyring @known @memlock @module @mount @network-io @obsolete @pkey @privileged @process
        @raw-io @reboot @resources @sandbox @setuid @signal @swap @sync @system-service @timer
    '
    calls='
        _llseek _newselect _sysctl accept accept4 access acct add_key adjtimex afs_syscall alarm
        arc_gettls arc_settls arc_usr_cmpxchg arch_prctl arm_fadvise64_64 arm_sync_file_range
        atomic_barrier atomic_cmpxchg_32 bdflush bind bpf break breakpoint brk cachectl
        cacheflush cachestat capget capset chdir chmod chown chown32 chroot clock_adjtime
        clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
        clock_nanosleep clock_nanosleep_time64 clock_settime clock_settime64 clone clone3 close
        close_range connect copy_file_range creat create_module delete_module dipc dup dup2 dup3
        epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait
        epoll_wait_old eventfd eventfd2 exec_with_loader execv execve execveat exit exit_group
        faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_init fanotify_mark fchdir
        fchmod fchmodat fchmodat2 fchown fchown32 fchownat fchroot fcntl fcntl64 fdatasync
        fgetxattr file_getattr file_setattr finit_module flistxattr flock fork fremovexattr
        fsconfig fsetxattr fsmount fsopen fspick fstat fstat64 fstatat fstatat64 fstatfs
        fstatfs64 fsync ftime ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait
        futex_waitv futex_wake futimesat get_kernel_syms get_mempolicy get_robust_list
        get_thread_area get_tls getcpu getcwd getdents getdents64 getdomainname getdtablesize
        getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 gethostname
        getitimer getpagesize getpeername getpgid getpgrp getpid getpmsg getppid getpriority
        getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid
        getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr getxattrat getxgid
        getxpid getxuid gtty idle init_module inotify_add_watch inotify_init inotify_init1
        inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64
        io_setup io_submit io_uring_enter io_uring_register io_uring_setup ioctl ioperm iopl
        ioprio_get ioprio_set ipc kcmp kern_features kexec_file_load kexec_load keyctl kill
        landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32
        lgetxattr link linkat listen listmount listns listxattr listxattrat llistxattr llseek
        lock lookup_dcookie lremovexattr lseek lsetxattr lsm_get_self_attr lsm_list_modules
        lsm_set_self_attr lstat lstat64 madvise map_shadow_stack mbind membarrier memfd_create
        memfd_secret memory_ordering migrate_pages mincore mkdir mkdirat mknod mknodat mlock
        mlock2 mlockall mmap mmap2 modify_ldt mount mount_setattr move_mount move_pages mprotect
        mpx mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
        mq_timedsend_time64 mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync multiplexer
        munlock munlockall munmap name_to_handle_at nanosleep newfstat newfstatat nfsservctl
        nice old_adjtimex oldfstat oldlstat oldolduname oldstat oldumount olduname open
        open_by_handle_at open_tree open_tree_attr openat openat2 or1k_atomic osf_fstat
        osf_fstatfs osf_fstatfs64 osf_getdirentries osf_getdomainname osf_getitimer
        osf_getrusage osf_getsysinfo osf_gettimeofday osf_lstat osf_mount osf_proplist_syscall
        osf_select osf_set_program_attributes osf_setitimer osf_setsysinfo osf_settimeofday
        osf_shmat osf_sigprocmask osf_sigstack osf_stat osf_statfs osf_statfs64 osf_swapon
        osf_syscall osf_sysinfo osf_usleep_thread osf_utimes osf_utsname osf_wait4 pause
        pciconfig_iobase pciconfig_read pciconfig_write perf_event_open perfctr personality
        pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free
        pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64
        process_madvise process_mrelease process_vm_readv process_vm_writev prof profil pselect6
        pselect6_time64 ptrace putpmsg pwrite64 pwritev pwritev2 query_module quotactl
        quotactl_fd read readahead readdir readlink readlinkat readv reboot recv recvfrom
        recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename
        renameat renameat2 request_key restart_syscall riscv_flush_icache riscv_hwprobe rmdir
        rseq rseq_slice_yield rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
        rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo rtas
        s390_guarded_storage s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr
        s390_sthyi sched_get_affinity sched_get_priority_max sched_get_priority_min
        sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
        sched_rr_get_interval_time64 sched_set_affinity sched_setaffinity sched_setattr
        sched_setparam sched_setscheduler sched_yield seccomp security select semctl semget
        semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto
        set_mempolicy set_mempolicy_home_node set_robust_list set_thread_area set_tid_address
        set_tls setdomainname setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups
        setgroups32 sethae sethostname setitimer setns setpgid setpgrp setpriority setregid
        setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit
        setsid setsockopt settimeofday setuid setuid32 setxattr setxattrat sgetmask shmat shmctl
        shmdt shmget shutdown sigaction sigaltstack signal signalfd signalfd4 sigpending
        sigprocmask sigreturn sigsuspend socket socketcall socketpair splice spu_create spu_run
        ssetmask stat stat64 statfs statfs64 statmount statx stime stty subpage_prot swapcontext
        swapoff swapon switch_endian symlink symlinkat sync sync_file_range sync_file_range2
        syncfs sys_debug_setcontext syscall sysfs sysinfo syslog sysmips tee tgkill time
        timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime
        timer_settime64 timerfd timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime
        timerfd_settime64 times tkill truncate truncate64 tuxcall ugetrlimit ulimit umask umount
        umount2 uname unlink unlinkat unshare uprobe uretprobe uselib userfaultfd usr26 usr32
        ustat utime utimensat utimensat_time64 utimes utrap_install vfork vhangup vm86 vm86old
        vmsplice vserver wait4 waitid waitpid write writev
    '
}

# Offer the hosts that bash-completion knows of.
_runwrap_hosts()
{
    local host
    head+=${part%"${part##*@}"}
    part=${part##*@}
    if declare -F _comp_compgen_known_hosts >/dev/null; then
        _comp_compgen_known_hosts -- "$part"
    elif declare -F _known_hosts_real >/dev/null; then
        _known_hosts_real -- "$part"
    else
        COMPREPLY=($(compgen -A hostname -- "$part"))
    fi
    local -a hosts=("${COMPREPLY[@]}")
    COMPREPLY=()
    for host in "${hosts[@]}"; do
        _runwrap_offer "$host"
    done
}

# Complete the command line that begins with the word $1 of COMP_WORDS.
_runwrap_command_line()
{
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    else
        compopt -o default
    fi
}

_runwrap()
{
    COMPREPLY=()
    local IFS=$' \t\n'
    # Bash breaks words at = and : too; what no space stands between is one word. The last one
    # ends at the cursor.
    local -a line=() begins=()
    local rest=${COMP_LINE:0:COMP_POINT} bare word i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        bare=${rest#"${rest%%[![:space:]]*}"}
        word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$bare
        if ((i)) && [[ $bare == "$rest" ]]; then
            line[-1]+=$word
        else
            line+=("$word")
            begins+=("$i")
        fi
        rest=${bare:${#word}}
    done

    # What stands before: options with their values, or a command.
    local option='' manager='' unit_type=service command='' last=$((${#line[@]} - 1))
    for ((i = 1; i < last; i++)); do
        word=${line[i]}
        option=''
        case $word in
            --)
                command=$((i + 1))
                break
                ;;
            --scope) unit_type=scope ;;
            --system | --user) manager=$word ;;
            --*) option=$word ;;
            -?*) [[ ! $word =~ ^-[^CEHMpu]*[CEHMpu]$ ]] || option=-${word: -1} ;;
            *)
                command=$i
                break
                ;;
        esac
        if _runwrap_takes_next "$option"; then
            ((i++))
        fi
    done
    # An option whose value is not the current word has been dealt with.
    ((i > last)) || option=''
    if [[ $command ]] && ((command < last)); then
        _runwrap_command_line "${begins[command]}"
        return
    fi

    # The current word without its quotes; where in it each character stands, and where
    # the part of it begins that readline replaces.
    local raw=${line[last]} plain='' quote='' start=0 char
    local -a at=()
    for ((i = 0; i < ${#raw}; i++)); do
        char=${raw:i:1}
        if [[ $char == "$quote" ]]; then
            quote=''
            start=$((i + 1))
            continue
        elif [[ ! $quote && $char == [\"\'] ]]; then
            quote=$char
            start=$((i + 1))
            continue
        fi
        at+=("$i")
        if [[ $quote != \' && $char == \\ ]]; then
            ((++i))
            char=${raw:i:1}
        elif [[ ! $quote && $COMP_WORDBREAKS == *"$char"* ]]; then
            start=$((i + 1))
        fi
        plain+=$char
    done
    at+=("${#raw}")

    local part=$plain words='' source='' separator='' marks='' names
    if [[ $command ]]; then
        source=program
    elif [[ $option ]]; then
        _runwrap_option_value "$option"
    elif [[ $plain == --*=* ]]; then
        part=${plain#*=}
        _runwrap_option_value "${plain%%=*}"
    elif [[ $plain =~ ^-[^CEHMpu-]*([CEHMpu])(.+)$ ]]; then
        part=${BASH_REMATCH[2]}
        _runwrap_option_value "-${BASH_REMATCH[1]}"
    elif [[ $plain == -* ]]; then
        words='
            --scope -u --unit= -p --property= --description= --slice= --slice-inherit
            --service-type= -r --remain-after-exit --send-sighup -G --collect --job-mode= --uid=
            --gid= --nice= --working-directory= -d --same-dir --root-directory= -R
            --same-root-dir -E --setenv= --expand-environment= --ignore-failure -t --pty -T
            --pty-late -P --pipe -S --shell --background= -v --verbose --output= -q --quiet
            --json= --sandbox= --read= --write= --allow-net= --wait --report= --stop-on-exit
            --enforce= --max-exposure= --no-block --no-ask-password --on-active= --on-boot=
            --on-startup= --on-unit-active= --on-unit-inactive= --on-calendar= --on-clock-change
            --on-timezone-change --timer-property= --path-property= --socket-property= --system
            --user -M --machine= -H --host= -C --capsule= --embedded --dry-run --dry-run=
            --exposure --list-properties --list-properties= --list-profiles -h --help --version
            --no-pager
        '
    else
        source=program
    fi
    case $source in
        property:*)
            [[ $source != property:service ]] || source=property:$unit_type
            _runwrap_names "${source#*:}"
            source=''
            if [[ $part != *=* ]]; then
                printf -v words '%s= ' $names
            elif [[ " ${names//$'\n'/ } " == *" ${part%%=*} "* ]]; then
                _runwrap_value "${part%%=*}"
                part=${part#*=}
            fi
            ;;
        directive)
            source=''
            for word in service scope timer path socket; do
                _runwrap_names "$word"
                words+=" $names"
            done
            ;;
    esac
    [[ ! $separator ]] || part=${part##*"$separator"}
    while [[ $part && $marks == *"${part:0:1}"* ]]; do
        part=${part:1}
    done
    local head=${raw:0:at[${#plain} - ${#part}]}
    for word in $words; do
        _runwrap_offer "$word"
    done
    if [[ $source == program ]]; then
        _runwrap_offer_programs
    else
        _runwrap_source "$source"
    fi
    # More is to come behind these.
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[=:/] ]]; then
        compopt -o nospace
    fi
}

complete -F _runwrap runwrap
