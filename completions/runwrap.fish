# Completion of runwrap(1) for fish, from 3.5 on.
#
# Made by completions/generate.py from the tables of runwrap; edit those.

# Set names to the directives that units of the type $argv[1] have.
function __runwrap_names --no-scope-shadowing
    set names
    if contains $argv[1] service scope timer path socket
        set -a names \
            After AllowIsolate AssertACPower AssertArchitecture AssertCPUFeature \
            AssertCPUPressure AssertCPUs AssertCapability AssertControlGroupController \
            AssertCredential AssertDirectoryNotEmpty AssertEnvironment AssertFileIsExecutable \
            AssertFileNotEmpty AssertFirmware AssertFirstBoot AssertFraction AssertGroup \
            AssertHost AssertIOPressure AssertKernelCommandLine AssertKernelModuleLoaded \
            AssertKernelVersion AssertMachineTag AssertMemory AssertMemoryPressure \
            AssertNeedsUpdate AssertOSRelease AssertPathExists AssertPathExistsGlob \
            AssertPathIsDirectory AssertPathIsEncrypted AssertPathIsMountPoint \
            AssertPathIsReadWrite AssertPathIsSocket AssertPathIsSymbolicLink AssertSecurity \
            AssertUser AssertVersion AssertVirtualization Before BindsTo CollectMode \
            ConditionACPower ConditionArchitecture ConditionCPUFeature ConditionCPUPressure \
            ConditionCPUs ConditionCapability ConditionControlGroupController \
            ConditionCredential ConditionDirectoryNotEmpty ConditionEnvironment \
            ConditionFileIsExecutable ConditionFileNotEmpty ConditionFirmware \
            ConditionFirstBoot ConditionFraction ConditionGroup ConditionHost \
            ConditionIOPressure ConditionKernelCommandLine ConditionKernelModuleLoaded \
            ConditionKernelVersion ConditionMachineTag ConditionMemory ConditionMemoryPressure \
            ConditionNeedsUpdate ConditionOSRelease ConditionPathExists \
            ConditionPathExistsGlob ConditionPathIsDirectory ConditionPathIsEncrypted \
            ConditionPathIsMountPoint ConditionPathIsReadWrite ConditionPathIsSocket \
            ConditionPathIsSymbolicLink ConditionSecurity ConditionUser ConditionVersion \
            ConditionVirtualization Conflicts DefaultDependencies Description Documentation \
            FailureAction FailureActionExitStatus IgnoreOnIsolate JobRunningTimeoutSec \
            JobTimeoutAction JobTimeoutRebootArgument JoinsNamespaceOf Markers OnFailure \
            OnFailureJobMode OnSuccess PartOf PropagatesReloadTo PropagatesStopTo \
            RebootArgument RefuseManualStart RefuseManualStop ReloadPropagatedFrom Requires \
            RequiresMountsFor Requisite SourcePath StartLimitAction StartLimitBurst \
            StartLimitIntervalSec StopPropagatedFrom StopWhenUnneeded SuccessAction \
            SuccessActionExitStatus SurviveFinalKillSignal Upholds Wants WantsMountsFor
    end
    if contains $argv[1] service scope socket
        set -a names \
            AllowedCPUs AllowedMemoryNodes BPFProgram BindNetworkInterface CPUAccounting \
            CPUPressureThresholdSec CPUPressureWatch CPUQuota CPUQuotaPeriodSec \
            CPUSetPartition CPUWeight DeviceAllow DevicePolicy DisableControllers \
            FinalKillSignal Group IOAccounting IODeviceLatencyTargetSec IODeviceWeight \
            IOPressureThresholdSec IOPressureWatch IOReadBandwidthMax IOReadIOPSMax IOWeight \
            IOWriteBandwidthMax IOWriteIOPSMax IPAccounting IPAddressAllow IPAddressDeny \
            IPEgressFilterPath IPIngressFilterPath KillMode KillSignal ManagedOOMPreference \
            MemoryAccounting MemoryHigh MemoryLow MemoryMax MemoryMin \
            MemoryPressureThresholdSec MemoryPressureWatch MemorySwapMax MemoryZSwapMax \
            MemoryZSwapWriteback NFTSet RestartKillSignal SendSIGHUP SendSIGKILL Slice \
            SocketBindAllow SocketBindDeny StartupAllowedCPUs StartupAllowedMemoryNodes \
            StartupCPUWeight StartupIOWeight TasksAccounting TasksMax User WatchdogSignal
    end
    if contains $argv[1] path socket
        set -a names \
            DirectoryMode TriggerLimitBurst TriggerLimitIntervalSec
    end
    if contains $argv[1] service scope
        set -a names \
            CoredumpReceive Delegate DelegateSubgroup ManagedOOMMemoryPressure \
            ManagedOOMMemoryPressureDurationSec ManagedOOMMemoryPressureLimit ManagedOOMSwap \
            OOMPolicy OOMRules RuntimeMaxSec RuntimeRandomizedExtraSec TimeoutStopSec
    end
    if contains $argv[1] service socket
        set -a names \
            AmbientCapabilities AppArmorProfile BPFDelegateAttachments BPFDelegateCommands \
            BPFDelegateMaps BPFDelegatePrograms BindLogSockets BindPaths BindReadOnlyPaths \
            CPUAffinity CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork \
            CacheDirectory CacheDirectoryAccounting CacheDirectoryMode CacheDirectoryQuota \
            CapabilityBoundingSet ConfigurationDirectory ConfigurationDirectoryMode \
            CoredumpFilter DelegateNamespaces DynamicUser Environment EnvironmentFile \
            ExecPaths ExecSearchPath ExecStartPost ExecStartPre ExecStopPost \
            ExtensionDirectories ExtensionImagePolicy ExtensionImages IOSchedulingClass \
            IOSchedulingPriority IPCNamespacePath IgnoreSIGPIPE ImportCredential \
            InaccessibleDirectories InaccessiblePaths KeyringMode LimitAS LimitCORE LimitCPU \
            LimitDATA LimitFSIZE LimitLOCKS LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE \
            LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME LimitSIGPENDING LimitSTACK \
            LoadCredential LoadCredentialEncrypted LockPersonality LogExtraFields \
            LogFilterPatterns LogLevelMax LogNamespace LogRateLimitBurst \
            LogRateLimitIntervalSec LogsDirectory LogsDirectoryAccounting LogsDirectoryMode \
            LogsDirectoryQuota MemoryDenyWriteExecute MemoryKSM MemoryTHP MountAPIVFS \
            MountFlags MountImagePolicy MountImages NUMAMask NUMAPolicy NetworkNamespacePath \
            Nice NoExecPaths NoNewPrivileges OOMScoreAdjust PAMName PassEnvironment \
            Personality PrivateBPF PrivateDevices PrivateIPC PrivateMounts PrivateNetwork \
            PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups ProtectHome \
            ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables \
            ProtectProc ProtectSystem ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories \
            ReadWritePaths RemoveIPC RestrictAddressFamilies RestrictFileSystems \
            RestrictNamespaces RestrictNetworkInterfaces RestrictRealtime RestrictSUIDSGID \
            RootDirectory RootEphemeral RootHash RootHashSignature RootImage RootImageOptions \
            RootImagePolicy RootMStack RootVerity RuntimeDirectory RuntimeDirectoryMode \
            RuntimeDirectoryPreserve SELinuxContext SecureBits SetCredential \
            SetCredentialEncrypted SetLoginEnvironment SmackProcessLabel StandardError \
            StandardInput StandardInputData StandardInputText StandardOutput StateDirectory \
            StateDirectoryAccounting StateDirectoryMode StateDirectoryQuota \
            SupplementaryGroups SyslogFacility SyslogIdentifier SyslogLevel SyslogLevelPrefix \
            SystemCallArchitectures SystemCallErrorNumber SystemCallFilter SystemCallLog \
            TTYColumns TTYPath TTYReset TTYRows TTYVHangup TTYVTDisallocate \
            TemporaryFileSystem TimeoutSec TimerSlackNSec UMask UnsetEnvironment \
            UserNamespacePath UtmpIdentifier UtmpMode WorkingDirectory
    end
    if contains $argv[1] path
        set -a names \
            DirectoryNotEmpty MakeDirectory PathChanged PathExists PathExistsGlob PathModified
    end
    if contains $argv[1] service
        set -a names \
            BusName ExecCondition ExecReload ExecReloadPost ExecStart ExecStop ExitType \
            FileDescriptorStoreMax FileDescriptorStorePreserve GuessMainPID LUOSession \
            NotifyAccess OpenFile PIDFile PermissionsStartOnly PrivatePIDs RefreshOnReload \
            ReloadSignal RemainAfterExit Restart RestartForceExitStatus RestartMaxDelaySec \
            RestartMode RestartPreventExitStatus RestartRandomizedDelaySec RestartSec \
            RestartSteps RootDirectoryStartOnly SuccessExitStatus TimeoutAbortSec \
            TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode Type \
            USBFunctionDescriptors USBFunctionStrings WatchdogSec
    end
    if contains $argv[1] socket
        set -a names \
            Accept Backlog BindIPv6Only BindToDevice Broadcast DeferAcceptSec DeferTrigger \
            DeferTriggerMaxSec ExecStopPre FileDescriptorName FlushPending FreeBind IPTOS \
            IPTTL KeepAlive KeepAliveIntervalSec KeepAliveProbes KeepAliveTimeSec \
            ListenDatagram ListenFIFO ListenMessageQueue ListenNetlink ListenSequentialPacket \
            ListenSpecial ListenStream ListenUSBFunction Mark MaxConnections \
            MaxConnectionsPerSource MessageQueueMaxMessages MessageQueueMessageSize NoDelay \
            PassCredentials PassFileDescriptorsToExec PassPacketInfo PassSecurity PipeSize \
            PollLimitBurst PollLimitIntervalSec Priority ReceiveBuffer RemoveOnStop ReusePort \
            SELinuxContextFromNet SendBuffer SmackLabel SmackLabelIPIn SmackLabelIPOut \
            SocketGroup SocketMode SocketProtocol SocketUser Symlinks TCPCongestion \
            Timestamping Transparent Writable XAttrAccept XAttrEntryPoint XAttrListen
    end
    if contains $argv[1] timer
        set -a names \
            AccuracySec DeferReactivation FixedRandomDelay OnActiveSec OnBootSec OnCalendar \
            OnClockChange OnStartupSec OnTimezoneChange OnUnitActiveSec OnUnitInactiveSec \
            Persistent RandomizedDelaySec RandomizedOffsetSec RemainAfterElapse WakeSystem
    end
end

# Say what the value of the directive $argv[1] is completed with, in the caller's variables:
# words, source (see __runwrap_source), separator (of several) and marks (that may stand before).
function __runwrap_value --no-scope-shadowing
    switch $argv[1]
        case Accept AllowIsolate BindLogSockets Broadcast CPUAccounting \
            CPUSchedulingResetOnFork CacheDirectoryAccounting CoredumpReceive \
            DefaultDependencies DeferReactivation DynamicUser FixedRandomDelay FlushPending \
            FreeBind GuessMainPID IOAccounting IPAccounting IgnoreOnIsolate IgnoreSIGPIPE \
            KeepAlive LockPersonality LogsDirectoryAccounting MakeDirectory MemoryAccounting \
            MemoryDenyWriteExecute MemoryKSM MemoryZSwapWriteback MountAPIVFS NoDelay \
            NoNewPrivileges OnClockChange OnTimezoneChange PassCredentials \
            PassFileDescriptorsToExec PassPacketInfo PassSecurity PermissionsStartOnly \
            Persistent PrivateBPF PrivateDevices PrivateIPC PrivateMounts PrivateNetwork \
            PrivatePIDs ProtectClock ProtectKernelLogs ProtectKernelModules \
            ProtectKernelTunables RefuseManualStart RefuseManualStop RemainAfterElapse \
            RemainAfterExit RemoveIPC RemoveOnStop RestrictRealtime RestrictSUIDSGID ReusePort \
            RootDirectoryStartOnly RootEphemeral SELinuxContextFromNet SendSIGHUP SendSIGKILL \
            SetLoginEnvironment StateDirectoryAccounting StopWhenUnneeded \
            SurviveFinalKillSignal SyslogLevelPrefix TTYReset TTYVHangup TTYVTDisallocate \
            TasksAccounting Transparent WakeSystem Writable
            set words yes no
        case After Before BindsTo Conflicts JoinsNamespaceOf OnFailure OnSuccess PartOf \
            PropagatesReloadTo PropagatesStopTo ReloadPropagatedFrom Requires Requisite \
            StopPropagatedFrom Upholds Wants
            set source unit
            set separator ' '
        case AmbientCapabilities CapabilityBoundingSet
            set words CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL \
                CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE \
                CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER \
                CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT \
                CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME \
                CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL \
                CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM \
                CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE
            set separator ' '
            set marks '~'
        case AssertACPower AssertFirstBoot ConditionACPower ConditionFirstBoot
            set words yes no
            set marks '|!'
        case AssertArchitecture ConditionArchitecture
            set words native nios2 x86 x86-64 ppc ppc-le ppc64 ppc64-le ia64 parisc parisc64 s390 \
                s390x sparc sparc64 mips mips-le mips64 mips64-le alpha arm arm-be arm64 \
                arm64-be sh sh64 m68k tilegx cris arc arc-be loongarch64 riscv32 riscv64
            set marks '|!'
        case AssertCPUFeature ConditionCPUFeature
            set words fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 \
                clflush mmx fxsr sse sse2 ht pni pclmul monitor ssse3 fma3 cx16 sse4_1 sse4_2 \
                movbe popcnt aes xsave osxsave avx f16c rdrand bmi1 avx2 bmi2 rdseed adx \
                sha_ni syscall rdtscp lm lahf_lm abm constant_tsc
            set marks '|!'
        case AssertCapability ConditionCapability
            set words CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL \
                CAP_SETGID CAP_SETUID CAP_SETPCAP CAP_LINUX_IMMUTABLE CAP_NET_BIND_SERVICE \
                CAP_NET_BROADCAST CAP_NET_ADMIN CAP_NET_RAW CAP_IPC_LOCK CAP_IPC_OWNER \
                CAP_SYS_MODULE CAP_SYS_RAWIO CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_PACCT \
                CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_NICE CAP_SYS_RESOURCE CAP_SYS_TIME \
                CAP_SYS_TTY_CONFIG CAP_MKNOD CAP_LEASE CAP_AUDIT_WRITE CAP_AUDIT_CONTROL \
                CAP_SETFCAP CAP_MAC_OVERRIDE CAP_MAC_ADMIN CAP_SYSLOG CAP_WAKE_ALARM \
                CAP_BLOCK_SUSPEND CAP_AUDIT_READ CAP_PERFMON CAP_BPF CAP_CHECKPOINT_RESTORE
            set marks '|!'
        case AssertControlGroupController ConditionControlGroupController
            set words cpu cpuacct cpuset io blkio memory devices pids bpf-firewall bpf-devices \
                bpf-foreign bpf-socket-bind bpf-restrict-network-interfaces \
                bpf-bind-network-interface v1 v2
            set marks '|!'
        case AssertDirectoryNotEmpty AssertFileIsExecutable AssertFileNotEmpty AssertPathExists \
            AssertPathExistsGlob AssertPathIsEncrypted AssertPathIsMountPoint \
            AssertPathIsReadWrite AssertPathIsSocket AssertPathIsSymbolicLink \
            ConditionDirectoryNotEmpty ConditionFileIsExecutable ConditionFileNotEmpty \
            ConditionPathExists ConditionPathExistsGlob ConditionPathIsEncrypted \
            ConditionPathIsMountPoint ConditionPathIsReadWrite ConditionPathIsSocket \
            ConditionPathIsSymbolicLink
            set source file
            set marks '|!'
        case AssertEnvironment ConditionEnvironment
            set source variable
            set marks '|!'
        case AssertFirmware ConditionFirmware
            set words device-tree uefi
            set marks '|!'
        case AssertGroup ConditionGroup
            set source group
            set marks '|!'
        case AssertNeedsUpdate ConditionNeedsUpdate
            set words /etc /var /etc/ /var/
            set marks '|!'
        case AssertPathIsDirectory ConditionPathIsDirectory
            set source directory
            set marks '|!'
        case AssertSecurity ConditionSecurity
            set words selinux apparmor tomoyo smack ima audit uefi-secureboot tpm2 cvm measured-uki \
                measured-os
            set marks '|!'
        case AssertUser ConditionUser
            set words @system
            set source user
            set marks '|!'
        case AssertVirtualization ConditionVirtualization
            set words yes no vm container private-users none kvm amazon qemu bochs xen uml vmware \
                oracle microsoft zvm parallels bhyve qnx acrn powervm apple sre google \
                vm-other systemd-nspawn lxc-libvirt lxc openvz docker podman rkt wsl proot \
                pouch container-other
            set marks '|!'
        case BPFDelegateAttachments
            set words any BPFCgroupInetIngress BPFCgroupInetEgress BPFCgroupInetSockCreate \
                BPFCgroupSockOps BPFSkSkbStreamParser BPFSkSkbStreamVerdict BPFCgroupDevice \
                BPFSkMsgVerdict BPFCgroupInet4Bind BPFCgroupInet6Bind BPFCgroupInet4Connect \
                BPFCgroupInet6Connect BPFCgroupInet4PostBind BPFCgroupInet6PostBind \
                BPFCgroupUdp4Sendmsg BPFCgroupUdp6Sendmsg BPFLircMode2 BPFFlowDissector \
                BPFCgroupSysctl BPFCgroupUdp4Recvmsg BPFCgroupUdp6Recvmsg BPFCgroupGetsockopt \
                BPFCgroupSetsockopt BPFTraceRawTp BPFTraceFentry BPFTraceFexit BPFModifyReturn \
                BPFLsmMac BPFTraceIter BPFCgroupInet4Getpeername BPFCgroupInet6Getpeername \
                BPFCgroupInet4Getsockname BPFCgroupInet6Getsockname BPFXdpDevmap \
                BPFCgroupInetSockRelease BPFXdpCpumap BPFSkLookup BPFXdp BPFSkSkbVerdict \
                BPFSkReuseportSelect BPFSkReuseportSelectOrMigrate BPFPerfEvent \
                BPFTraceKprobeMulti BPFLsmCgroup BPFStructOps BPFNetfilter BPFTcxIngress \
                BPFTcxEgress BPFTraceUprobeMulti BPFCgroupUnixConnect BPFCgroupUnixSendmsg \
                BPFCgroupUnixRecvmsg BPFCgroupUnixGetpeername BPFCgroupUnixGetsockname \
                BPFNetkitPrimary BPFNetkitPeer BPFTraceKprobeSession BPFTraceUprobeSession \
                BPFTraceFsession BPFTraceFentryMulti BPFTraceFexitMulti BPFTraceFsessionMulti
            set separator ','
        case BPFDelegateCommands
            set words any BPFMapCreate BPFMapLookupElem BPFMapUpdateElem BPFMapDeleteElem \
                BPFMapGetNextKey BPFProgLoad BPFObjPin BPFObjGet BPFProgAttach BPFProgDetach \
                BPFProgTestRun BPFProgGetNextId BPFMapGetNextId BPFProgGetFdById \
                BPFMapGetFdById BPFObjGetInfoByFd BPFProgQuery BPFRawTracepointOpen BPFBtfLoad \
                BPFBtfGetFdById BPFTaskFdQuery BPFMapLookupAndDeleteElem BPFMapFreeze \
                BPFBtfGetNextId BPFMapLookupBatch BPFMapLookupAndDeleteBatch BPFMapUpdateBatch \
                BPFMapDeleteBatch BPFLinkCreate BPFLinkUpdate BPFLinkGetFdById \
                BPFLinkGetNextId BPFEnableStats BPFIterCreate BPFLinkDetach BPFProgBindMap \
                BPFTokenCreate BPFProgStreamReadByFd BPFProgAssocStructOps
            set separator ','
        case BPFDelegateMaps
            set words any BPFMapTypeUnspec BPFMapTypeHash BPFMapTypeArray BPFMapTypeProgArray \
                BPFMapTypePerfEventArray BPFMapTypePercpuHash BPFMapTypePercpuArray \
                BPFMapTypeStackTrace BPFMapTypeCgroupArray BPFMapTypeLruHash \
                BPFMapTypeLruPercpuHash BPFMapTypeLpmTrie BPFMapTypeArrayOfMaps \
                BPFMapTypeHashOfMaps BPFMapTypeDevmap BPFMapTypeSockmap BPFMapTypeCpumap \
                BPFMapTypeXskmap BPFMapTypeSockhash BPFMapTypeCgroupStorageDeprecated \
                BPFMapTypeReuseportSockarray BPFMapTypePercpuCgroupStorageDeprecated \
                BPFMapTypeQueue BPFMapTypeStack BPFMapTypeSkStorage BPFMapTypeDevmapHash \
                BPFMapTypeStructOps BPFMapTypeRingbuf BPFMapTypeInodeStorage \
                BPFMapTypeTaskStorage BPFMapTypeBloomFilter BPFMapTypeUserRingbuf \
                BPFMapTypeCgrpStorage BPFMapTypeArena BPFMapTypeInsnArray BPFMapTypeRhash
            set separator ','
        case BPFDelegatePrograms
            set words any BPFProgTypeUnspec BPFProgTypeSocketFilter BPFProgTypeKprobe \
                BPFProgTypeSchedCls BPFProgTypeSchedAct BPFProgTypeTracepoint BPFProgTypeXdp \
                BPFProgTypePerfEvent BPFProgTypeCgroupSkb BPFProgTypeCgroupSock \
                BPFProgTypeLwtIn BPFProgTypeLwtOut BPFProgTypeLwtXmit BPFProgTypeSockOps \
                BPFProgTypeSkSkb BPFProgTypeCgroupDevice BPFProgTypeSkMsg \
                BPFProgTypeRawTracepoint BPFProgTypeCgroupSockAddr BPFProgTypeLwtSeg6local \
                BPFProgTypeLircMode2 BPFProgTypeSkReuseport BPFProgTypeFlowDissector \
                BPFProgTypeCgroupSysctl BPFProgTypeRawTracepointWritable \
                BPFProgTypeCgroupSockopt BPFProgTypeTracing BPFProgTypeStructOps \
                BPFProgTypeExt BPFProgTypeLsm BPFProgTypeSkLookup BPFProgTypeNetfilter
            set separator ','
        case BindIPv6Only
            set words default both ipv6-only yes no
        case BindNetworkInterface BindToDevice
            set source interface
        case BindPaths BindReadOnlyPaths ExtensionDirectories ExtensionImages MountImages
            set source file
            set separator ' '
            set marks '-'
        case CPUAffinity
            set words numa
        case CPUPressureWatch IOPressureWatch MemoryPressureWatch
            set words yes no auto skip
        case CPUQuotaPeriodSec LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS \
            LimitMEMLOCK LimitMSGQUEUE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME \
            LimitSIGPENDING LimitSTACK MemoryHigh MemoryLow MemoryMax MemoryMin MemorySwapMax \
            MemoryZSwapMax TasksMax
            set words infinity
        case CPUSchedulingPolicy
            set words other batch idle fifo rr
        case CPUSetPartition
            set words member root isolated
        case CPUWeight StartupCPUWeight
            set words idle
        case CacheDirectoryQuota LogsDirectoryQuota StateDirectoryQuota
            set words off
        case CollectMode
            set words inactive inactive-or-failed
        case CoredumpFilter
            set words private-anonymous shared-anonymous private-file-backed shared-file-backed \
                elf-headers private-huge shared-huge private-dax shared-dax all default
            set separator ' '
        case DeferTrigger
            set words yes no patient
        case Delegate
            set words yes no cpu cpuacct cpuset io blkio memory devices pids bpf-firewall \
                bpf-devices bpf-foreign bpf-socket-bind bpf-restrict-network-interfaces \
                bpf-bind-network-interface
            set separator ' '
        case DelegateNamespaces RestrictNamespaces
            set words yes no cgroup ipc net mnt pid user uts time
            set separator ' '
            set marks '~'
        case DeviceAllow DirectoryNotEmpty IODeviceLatencyTargetSec IODeviceWeight \
            IOReadBandwidthMax IOReadIOPSMax IOWriteBandwidthMax IOWriteIOPSMax \
            IPCNamespacePath IPEgressFilterPath IPIngressFilterPath ListenDatagram ListenFIFO \
            ListenMessageQueue ListenNetlink ListenSequentialPacket ListenSpecial ListenStream \
            ListenUSBFunction NetworkNamespacePath OpenFile PIDFile PathChanged PathExists \
            PathExistsGlob PathModified RootHash RootHashSignature RootImage RootMStack \
            RootVerity SourcePath TTYPath USBFunctionDescriptors USBFunctionStrings \
            UserNamespacePath
            set source file
        case DevicePolicy
            set words auto closed strict
        case DisableControllers
            set words cpu cpuacct cpuset io blkio memory devices pids bpf-firewall bpf-devices \
                bpf-foreign bpf-socket-bind bpf-restrict-network-interfaces \
                bpf-bind-network-interface
            set separator ' '
        case EnvironmentFile
            set source file
            set marks '-'
        case ExecCondition ExecReload ExecReloadPost ExecStart ExecStartPost ExecStartPre \
            ExecStop ExecStopPost ExecStopPre
            set source file
            set marks '@|:+!-'
        case ExecPaths InaccessibleDirectories InaccessiblePaths NoExecPaths \
            ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories ReadWritePaths
            set source file
            set separator ' '
            set marks '+-'
        case ExecSearchPath
            set source file
            set separator ':'
        case ExitType
            set words main cgroup
        case FailureAction JobTimeoutAction StartLimitAction SuccessAction
            set words none reboot reboot-force reboot-immediate poweroff poweroff-force \
                poweroff-immediate exit exit-force soft-reboot soft-reboot-force kexec \
                kexec-force halt halt-force halt-immediate
        case FileDescriptorStorePreserve
            set words yes no restart on-success
        case FinalKillSignal KillSignal ReloadSignal RestartKillSignal WatchdogSignal
            set words SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 \
                SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP \
                SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH \
                SIGIO SIGPWR SIGSYS SIGRTMIN SIGRTMAX
        case Group SocketGroup
            set source group
        case IOSchedulingClass
            set words none realtime best-effort idle
        case IOSchedulingPriority
            set words 0 1 2 3 4 5 6 7
        case IPAddressAllow IPAddressDeny
            set words any localhost link-local multicast
            set separator ' '
        case IPTOS
            set words low-delay throughput reliability low-cost
        case KeyringMode
            set words inherit private shared
        case KillMode
            set words control-group mixed process none
        case LogLevelMax SyslogLevel
            set words emerg alert crit err warning notice info debug
        case ManagedOOMMemoryPressure ManagedOOMSwap
            set words auto kill
        case ManagedOOMPreference
            set words none avoid omit
        case Markers
            set words needs-restart needs-reload needs-start needs-stop +needs-restart +needs-reload \
                +needs-start +needs-stop -needs-restart -needs-reload -needs-start -needs-stop
            set separator ' '
        case MemoryTHP
            set words inherit disable madvise system
        case MountFlags
            set words shared slave private
        case NUMAMask
            set words all
        case NUMAPolicy
            set words default preferred bind interleave local preferred-many weighted-interleave
        case Nice
            set words -20 -19 -18 -17 -16 -15 -14 -13 -12 -11 -10 -9 -8 -7 -6 -5 -4 -3 -2 -1 0 1 2 3 \
                4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19
        case NotifyAccess
            set words none main exec all
        case OOMPolicy
            set words continue stop kill
        case OnCalendar
            set words minutely hourly daily monthly weekly quarterly yearly annually semiannually
        case OnFailureJobMode
            set words fail replace replace-irreversibly isolate flush ignore-dependencies \
                ignore-requirements triggering restart-dependencies lenient
        case PassEnvironment UnsetEnvironment
            set source variable
            set separator ' '
        case Personality
            set words x86 x86-64 ppc ppc-le ppc64 ppc64-le s390 s390x arm64 arm64-be arm arm-be
        case PrivateTmp
            set words yes no disconnected connected
        case PrivateUsers
            set words yes no self identity full managed
        case ProcSubset
            set words all pid
        case ProtectControlGroups
            set words yes no private strict
        case ProtectHome
            set words yes no read-only tmpfs
        case ProtectHostname
            set words yes no private
        case ProtectProc
            set words noaccess invisible ptraceable default
        case ProtectSystem
            set words yes no full strict
        case RefreshOnReload
            set words yes no extensions credentials
            set separator ' '
            set marks '~'
        case RequiresMountsFor Symlinks TemporaryFileSystem WantsMountsFor
            set source file
            set separator ' '
        case Restart
            set words no on-success on-failure on-abnormal on-watchdog on-abort always
        case RestartForceExitStatus RestartPreventExitStatus SuccessExitStatus
            set words SUCCESS FAILURE INVALIDARGUMENT NOTIMPLEMENTED NOPERMISSION NOTINSTALLED \
                NOTCONFIGURED NOTRUNNING USAGE DATAERR NOINPUT NOUSER NOHOST UNAVAILABLE \
                SOFTWARE OSERR OSFILE CANTCREAT IOERR TEMPFAIL PROTOCOL NOPERM CONFIG CHDIR \
                NICE FDS EXEC MEMORY LIMITS OOM_ADJUST SIGNAL_MASK STDIN STDOUT CHROOT IOPRIO \
                TIMERSLACK SECUREBITS SETSCHEDULER CPUAFFINITY GROUP USER CAPABILITIES CGROUP \
                SETSID CONFIRM STDERR PAM NETWORK NAMESPACE NO_NEW_PRIVILEGES SECCOMP \
                SELINUX_CONTEXT PERSONALITY APPARMOR ADDRESS_FAMILIES RUNTIME_DIRECTORY CHOWN \
                SMACK_PROCESS_LABEL KEYRING STATE_DIRECTORY CACHE_DIRECTORY LOGS_DIRECTORY \
                CONFIGURATION_DIRECTORY NUMA_POLICY CREDENTIALS BPF KSM MEMORY_THP EXCEPTION \
                SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 \
                SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP \
                SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH \
                SIGIO SIGPWR SIGSYS SIGRTMIN SIGRTMAX
            set separator ' '
        case RestartMode
            set words normal direct debug
        case RestrictAddressFamilies
            set words AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_LOCAL AF_FILE AF_ALG \
                AF_APPLETALK AF_ASH AF_ATMPVC AF_ATMSVC AF_AX25 AF_BLUETOOTH AF_BRIDGE AF_CAIF \
                AF_CAN AF_DECnet AF_ECONET AF_IB AF_IEEE802154 AF_IPX AF_IRDA AF_ISDN AF_IUCV \
                AF_KCM AF_KEY AF_LLC AF_MCTP AF_MPLS AF_NETBEUI AF_NETROM AF_NFC AF_PHONET \
                AF_PPPOX AF_QIPCRTR AF_RDS AF_ROSE AF_ROUTE AF_RXRPC AF_SECURITY AF_SMC AF_SNA \
                AF_TIPC AF_VSOCK AF_WANPIPE AF_X25 AF_XDP none
            set separator ' '
            set marks '~'
        case RestrictFileSystems
            set words @auxiliary-api @basic-api @common-block @historical-block @known @network \
                @privileged-api @security @temporary @application
            set separator ' '
            set marks '~'
        case RestrictNetworkInterfaces
            set source interface
            set separator ' '
            set marks '~'
        case RootDirectory
            set source directory
        case RuntimeDirectoryPreserve
            set words yes no restart
        case SecureBits
            set words noroot noroot-locked no-setuid-fixup no-setuid-fixup-locked keep-caps \
                keep-caps-locked no-cap-ambient-raise no-cap-ambient-raise-locked \
                exec-restrict-file exec-restrict-file-locked exec-deny-interactive \
                exec-deny-interactive-locked
            set separator ' '
        case Slice
            set source slice
        case SocketBindAllow SocketBindDeny
            set words any
        case SocketProtocol
            set words udplite sctp mptcp
        case SocketUser User
            set source user
        case StandardError StandardOutput
            set words inherit null tty journal journal+console kmsg kmsg+console socket fd file: \
                append: truncate: fd:
        case StandardInput
            set words null tty tty-force tty-fail data socket fd file: fd:
        case SupplementaryGroups
            set source group
            set separator ' '
        case SyslogFacility
            set words kern user mail daemon auth syslog lpr news uucp cron authpriv ftp local0 \
                local1 local2 local3 local4 local5 local6 local7
        case SystemCallArchitectures
            set words native x86 x86-64 x32 arm arm64 mips mips-le mips64 mips64-le mips64-n32 \
                mips64-le-n32 parisc parisc64 ppc ppc64 ppc64-le s390 s390x loongarch64 \
                riscv64
            set separator ' '
        case SystemCallErrorNumber
            set words E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EADV EAFNOSUPPORT EAGAIN EALREADY EBADE \
                EBADF EBADFD EBADMSG EBADR EBADRQC EBADSLT EBFONT EBUSY ECANCELED ECHILD \
                ECHRNG ECOMM ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDEADLOCK \
                EDESTADDRREQ EDOM EDOTDOT EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH \
                EHWPOISON EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR EISNAM \
                EKEYEXPIRED EKEYREJECTED EKEYREVOKED EL2HLT EL2NSYNC EL3HLT EL3RST ELIBACC \
                ELIBBAD ELIBEXEC ELIBMAX ELIBSCN ELNRNG ELOOP EMEDIUMTYPE EMFILE EMLINK \
                EMSGSIZE EMULTIHOP ENAMETOOLONG ENAVAIL ENETDOWN ENETRESET ENETUNREACH ENFILE \
                ENOANO ENOBUFS ENOCSI ENODATA ENODEV ENOENT ENOEXEC ENOKEY ENOLCK ENOLINK \
                ENOMEDIUM ENOMEM ENOMSG ENONET ENOPKG ENOPROTOOPT ENOSPC ENOSR ENOSTR ENOSYS \
                ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY ENOTNAM ENOTRECOVERABLE ENOTSOCK ENOTSUP \
                ENOTTY ENOTUNIQ ENXIO EOPNOTSUPP EOVERFLOW EOWNERDEAD EPERM EPFNOSUPPORT EPIPE \
                EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EREMCHG EREMOTE EREMOTEIO ERESTART \
                ERFKILL EROFS ESHUTDOWN ESOCKTNOSUPPORT ESPIPE ESRCH ESRMNT ESTALE ESTRPIPE \
                ETIME ETIMEDOUT ETOOMANYREFS ETXTBSY EUCLEAN EUNATCH EUSERS EWOULDBLOCK EXDEV \
                EXFULL kill
        case SystemCallFilter SystemCallLog
            set source system-call
            set separator ' '
            set marks '~'
        case TimeoutStartFailureMode TimeoutStopFailureMode
            set words terminate abort kill
        case Timestamping
            set words off us usec ns nsec yes no
        case Type
            set words simple exec forking oneshot dbus notify notify-reload idle
        case UtmpMode
            set words init login user
        case WorkingDirectory
            set source directory
            set marks '-'
    end
end

# Print the number of the word that the command is or will be, if that is not before an option.
function __runwrap_command
    set -l tokens (commandline -opc)
    set -l number 2
    while set -q tokens[$number]
        switch $tokens[$number]
            case --
                math $number + 1
                return
            case '--*=*'
            case --unit --property --description --slice --service-type --job-mode --uid --gid \
                --nice --working-directory --root-directory --setenv --expand-environment \
                --background --output --json --sandbox --read --write --allow-net --report \
                --enforce --max-exposure --on-active --on-boot --on-startup --on-unit-active \
                --on-unit-inactive --on-calendar --timer-property --path-property \
                --socket-property --machine --host --capsule
                set number (math $number + 1)
            case '--*'
            case -
                echo $number
                return
            case '-*'
                if string match -qr -- '^-[^CEHMpu]*[CEHMpu]$' $tokens[$number]
                    set number (math $number + 1)
                end
            case '*'
                echo $number
                return
        end
        set number (math $number + 1)
    end
end

# Tell whether options are read where the cursor is.
function __runwrap_reads_options
    set -l number (__runwrap_command)
    not set -q number[1]
end

# Complete the command, or its arguments by its own completion.
function __runwrap_command_line
    set -l tokens (commandline -opc)
    set -l number (__runwrap_command)
    if set -q number[1]; and set -q tokens[$number]
        set -l before (string escape -- $tokens[$number..-1])
        complete --do-complete="$before "(commandline -ct)
        return
    end
    set -l token (commandline -ct)
    if string match -q '*/*' -- $token
        __fish_complete_path $token
    else
        path filter -fx -- $PATH/$token* | path basename
    end
end

function __runwrap_systemctl
    set -l manager
    for word in (commandline -opc)
        contains -- $word --user --system; and set manager $word
    end
    # What has no instance yet is no unit.
    systemctl $manager $argv --full --all --no-legend --no-pager --plain 2>/dev/null |
        string replace -r '\s.*' '' | string match -v '*@.*'
end

# Print what the source $argv[1] knows now; $argv[2] is what has been typed of it.
function __runwrap_source
    switch $argv[1]
        case unit
            __runwrap_systemctl list-units
            __runwrap_systemctl list-unit-files
        case slice
            __runwrap_systemctl list-units --type=slice
        case machine
            echo .host
            machinectl list --no-legend --no-pager 2>/dev/null | string replace -r '\s.*' ''
        case capsule
            path filter -d -- /run/capsules/* | path basename
        case interface
            path basename -- /sys/class/net/*
        case user
            __fish_print_users
        case group
            __fish_print_groups
        case variable
            set -xn
        case host
            set -l user (string match -r '.*@' -- $argv[2])
            set -l hosts (__fish_print_hostnames)
            printf '%s\n' "$user"$hosts
        case file
            __fish_complete_path $argv[2]
        case directory
            __fish_complete_directories $argv[2]
        case system-call
            __runwrap_system_calls $argv[2]
        case directive
            set -l names
            for unit_type in service scope timer path socket
                __runwrap_names $unit_type
                printf '%s\n' $names
            end
    end
end

function __runwrap_system_calls
    printf '%s\n' @aio @basic-io @chown @clock @cpu-emulation @debug @default @file-system @io-event \
        @ipc @keyring @known @memlock @module @mount @network-io @obsolete @pkey @privileged \
        @process @raw-io @reboot @resources @sandbox @setuid @signal @swap @sync \
        @system-service @timer
    # There are hundreds of calls, so something is to be typed first.
    string match -qr '^[^@]' -- $argv[1]; or return
    printf '%s\n' _llseek _newselect _sysctl accept accept4 access acct add_key adjtimex afs_syscall \
        alarm arc_gettls arc_settls arc_usr_cmpxchg arch_prctl arm_fadvise64_64 \
        arm_sync_file_range atomic_barrier atomic_cmpxchg_32 bdflush bind bpf break breakpoint \
        brk cachectl cacheflush cachestat capget capset chdir chmod chown chown32 chroot \
        clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime \
        clock_gettime64 clock_nanosleep clock_nanosleep_time64 clock_settime clock_settime64 \
        clone clone3 close close_range connect copy_file_range creat create_module \
        delete_module dipc dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old \
        epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 exec_with_loader \
        execv execve execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 \
        fallocate fanotify_init fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 \
        fchownat fchroot fcntl fcntl64 fdatasync fgetxattr file_getattr file_setattr \
        finit_module flistxattr flock fork fremovexattr fsconfig fsetxattr fsmount fsopen \
        fspick fstat fstat64 fstatat fstatat64 fstatfs fstatfs64 fsync ftime ftruncate \
        ftruncate64 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake \
        futimesat get_kernel_syms get_mempolicy get_robust_list get_thread_area get_tls getcpu \
        getcwd getdents getdents64 getdomainname getdtablesize getegid getegid32 geteuid \
        geteuid32 getgid getgid32 getgroups getgroups32 gethostname getitimer getpagesize \
        getpeername getpgid getpgrp getpid getpmsg getppid getpriority getrandom getresgid \
        getresgid32 getresuid getresuid32 getrlimit getrusage getsid getsockname getsockopt \
        gettid gettimeofday getuid getuid32 getxattr getxattrat getxgid getxpid getxuid gtty \
        idle init_module inotify_add_watch inotify_init inotify_init1 inotify_rm_watch \
        io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup \
        io_submit io_uring_enter io_uring_register io_uring_setup ioctl ioperm iopl ioprio_get \
        ioprio_set ipc kcmp kern_features kexec_file_load kexec_load keyctl kill \
        landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 \
        lgetxattr link linkat listen listmount listns listxattr listxattrat llistxattr llseek \
        lock lookup_dcookie lremovexattr lseek lsetxattr lsm_get_self_attr lsm_list_modules \
        lsm_set_self_attr lstat lstat64 madvise map_shadow_stack mbind membarrier memfd_create \
        memfd_secret memory_ordering migrate_pages mincore mkdir mkdirat mknod mknodat mlock \
        mlock2 mlockall mmap mmap2 modify_ldt mount mount_setattr move_mount move_pages \
        mprotect mpx mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 \
        mq_timedsend mq_timedsend_time64 mq_unlink mremap mseal msgctl msgget msgrcv msgsnd \
        msync multiplexer munlock munlockall munmap name_to_handle_at nanosleep newfstat \
        newfstatat nfsservctl nice old_adjtimex oldfstat oldlstat oldolduname oldstat \
        oldumount olduname open open_by_handle_at open_tree open_tree_attr openat openat2 \
        or1k_atomic osf_fstat osf_fstatfs osf_fstatfs64 osf_getdirentries osf_getdomainname \
        osf_getitimer osf_getrusage osf_getsysinfo osf_gettimeofday osf_lstat osf_mount \
        osf_proplist_syscall osf_select osf_set_program_attributes osf_setitimer \
        osf_setsysinfo osf_settimeofday osf_shmat osf_sigprocmask osf_sigstack osf_stat \
        osf_statfs osf_statfs64 osf_swapon osf_syscall osf_sysinfo osf_usleep_thread \
        osf_utimes osf_utsname osf_wait4 pause pciconfig_iobase pciconfig_read pciconfig_write \
        perf_event_open perfctr personality pidfd_getfd pidfd_open pidfd_send_signal pipe \
        pipe2 pivot_root pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl \
        pread64 preadv preadv2 prlimit64 process_madvise process_mrelease process_vm_readv \
        process_vm_writev prof profil pselect6 pselect6_time64 ptrace putpmsg pwrite64 pwritev \
        pwritev2 query_module quotactl quotactl_fd read readahead readdir readlink readlinkat \
        readv reboot recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages \
        removexattr removexattrat rename renameat renameat2 request_key restart_syscall \
        riscv_flush_icache riscv_hwprobe rmdir rseq rseq_slice_yield rt_sigaction \
        rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend \
        rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo rtas s390_guarded_storage \
        s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr s390_sthyi \
        sched_get_affinity sched_get_priority_max sched_get_priority_min sched_getaffinity \
        sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval \
        sched_rr_get_interval_time64 sched_set_affinity sched_setaffinity sched_setattr \
        sched_setparam sched_setscheduler sched_yield seccomp security select semctl semget \
        semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto \
        set_mempolicy set_mempolicy_home_node set_robust_list set_thread_area set_tid_address \
        set_tls setdomainname setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 \
        setgroups setgroups32 sethae sethostname setitimer setns setpgid setpgrp setpriority \
        setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 \
        setrlimit setsid setsockopt settimeofday setuid setuid32 setxattr setxattrat sgetmask \
        shmat shmctl shmdt shmget shutdown sigaction sigaltstack signal signalfd signalfd4 \
        sigpending sigprocmask sigreturn sigsuspend socket socketcall socketpair splice \
        spu_create spu_run ssetmask stat stat64 statfs statfs64 statmount statx stime stty \
        subpage_prot swapcontext swapoff swapon switch_endian symlink symlinkat sync \
        sync_file_range sync_file_range2 syncfs sys_debug_setcontext syscall sysfs sysinfo \
        syslog sysmips tee tgkill time timer_create timer_delete timer_getoverrun \
        timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd timerfd_create \
        timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill \
        truncate truncate64 tuxcall ugetrlimit ulimit umask umount umount2 uname unlink \
        unlinkat unshare uprobe uretprobe uselib userfaultfd usr26 usr32 ustat utime utimensat \
        utimensat_time64 utimes utrap_install vfork vhangup vm86 vm86old vmsplice vserver \
        wait4 waitid waitpid write writev
end

# Print the part of the current word that is the value of an option, without quotes.
function __runwrap_typed
    set -l token (commandline -ct)
    set token (string replace -r '^--[a-z-]+=' '' -- $token)
    set token (string replace -r '^-[^CEHMpu-]*[CEHMpu]' '' -- $token)
    string replace -ra '\\\\(.)|["\']' '$1' -- $token
end

# Complete an option's value from the source $argv[1].
function __runwrap_offer
    __runwrap_source $argv[1] (__runwrap_typed)
end

# Complete a directive of units of the type $argv[1], or its value.
function __runwrap_property
    set -l unit_type $argv[1]
    if test $unit_type = service; and contains -- --scope (commandline -opc)
        set unit_type scope
    end
    set -l names
    __runwrap_names $unit_type
    set -l typed (__runwrap_typed)
    set -l name (string match -r '^[^=]*(?==)' -- $typed)
    if test -z "$name"
        printf '%s=\n' $names
        return
    end
    contains -- $name $names; or return
    set -l words
    set -l source
    set -l separator
    set -l marks
    __runwrap_value $name
    # What stands before the part that is completed is a part of each word that is offered.
    set -l part (string replace -r '^[^=]*=' '' -- $typed)
    if test -n "$separator"
        set part (string replace -r ".*$separator" '' -- $part)
    end
    if test -n "$marks"
        set part (string replace -r "^[$marks]*" '' -- $part)
    end
    set -l head (string sub -e (math (string length -- $typed) - (string length -- "$part")) -- $typed)
    if test -n "$source"
        set -a words (__runwrap_source $source "$part")
    end
    printf '%s\n' $head$words
end

complete -c runwrap -f
complete -c runwrap -a '(__runwrap_command_line)'
complete -c runwrap -n __runwrap_reads_options -l scope -d 'Run the command here, in a scope of its own, and not as a service'
complete -c runwrap -n __runwrap_reads_options -s u -l unit -x -d 'Name of the unit' -a '(__runwrap_offer unit)'
complete -c runwrap -n __runwrap_reads_options -s p -l property -x -d 'Set a directive of the service or scope, as in a unit file. May be repeated' -a '(__runwrap_property service)'
complete -c runwrap -n __runwrap_reads_options -l description -x -d 'Description of the unit'
complete -c runwrap -n __runwrap_reads_options -l slice -x -d 'Put the unit in that slice' -a '(__runwrap_offer slice)'
complete -c runwrap -n __runwrap_reads_options -l slice-inherit -d 'Put the unit in the slice of the caller, or --slice= below it'
complete -c runwrap -n __runwrap_reads_options -l service-type -x -d 'Type of the service: simple, exec, oneshot, ...' -a 'simple exec forking oneshot dbus notify notify-reload idle'
complete -c runwrap -n __runwrap_reads_options -s r -l remain-after-exit -d 'Keep the service until it is stopped, also when the command has ended'
complete -c runwrap -n __runwrap_reads_options -l send-sighup -d 'Send SIGHUP after SIGTERM when the unit is stopped'
complete -c runwrap -n __runwrap_reads_options -s G -l collect -d 'Unload the unit also after a failure'
complete -c runwrap -n __runwrap_reads_options -l job-mode -x -d 'What becomes of jobs that are queued already; \'help\' lists the modes' -a 'fail lenient replace replace-irreversibly isolate flush ignore-dependencies ignore-requirements triggering restart-dependencies help'
complete -c runwrap -n __runwrap_reads_options -l uid -x -d 'Run as that user' -a '(__runwrap_offer user)'
complete -c runwrap -n __runwrap_reads_options -l gid -x -d 'Run as that group' -a '(__runwrap_offer group)'
complete -c runwrap -n __runwrap_reads_options -l nice -x -d 'Nice level, -20 to 19' -a '-20 -19 -18 -17 -16 -15 -14 -13 -12 -11 -10 -9 -8 -7 -6 -5 -4 -3 -2 -1 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19'
complete -c runwrap -n __runwrap_reads_options -l working-directory -x -d 'Run in that directory' -a '(__runwrap_offer directory)'
complete -c runwrap -n __runwrap_reads_options -s d -l same-dir -d 'Run in the current directory'
complete -c runwrap -n __runwrap_reads_options -l root-directory -x -d 'Run with that directory, as seen from here, as the root directory' -a '(__runwrap_offer directory)'
complete -c runwrap -n __runwrap_reads_options -s R -l same-root-dir -d 'Run with the caller\'s root directory'
complete -c runwrap -n __runwrap_reads_options -s E -l setenv -x -d 'Set an environment variable, or pass on one. May be repeated' -a '(__runwrap_offer variable)'
complete -c runwrap -n __runwrap_reads_options -l expand-environment -x -d 'Whether $VARIABLE in the command is expanded; yes by default' -a 'yes no'
complete -c runwrap -n __runwrap_reads_options -l ignore-failure -d 'Count the end of the command as success, whatever its exit status'
complete -c runwrap -n __runwrap_reads_options -s t -l pty -d 'Run on a pseudo-terminal, joined to this one; wait'
complete -c runwrap -n __runwrap_reads_options -s T -l pty-late -d 'As --pty, but join the terminals only when the unit has started'
complete -c runwrap -n __runwrap_reads_options -s P -l pipe -d 'Hand over standard input, output and error; wait'
complete -c runwrap -n __runwrap_reads_options -s S -l shell -d 'Run $SHELL here, interactively: --pty --same-dir --wait --collect --service-type=exec'
complete -c runwrap -n __runwrap_reads_options -l background -x -d 'Background colour of the terminal meanwhile, such as 44 or 48;5;17'
complete -c runwrap -n __runwrap_reads_options -s v -l verbose -d 'Show the unit\'s log while waiting'
complete -c runwrap -n __runwrap_reads_options -l output -x -d 'How the log is shown; see journalctl(1)' -a 'short short-full short-iso short-iso-precise short-precise short-monotonic short-delta short-unix verbose export json json-pretty json-sse json-seq cat with-unit help'
complete -c runwrap -n __runwrap_reads_options -s q -l quiet -d 'Print errors only'
complete -c runwrap -n __runwrap_reads_options -l json -x -d 'Print unit and invocation ID, or the exposure, as JSON: pretty, short, or off' -a 'pretty short off help'
complete -c runwrap -n __runwrap_reads_options -l sandbox -x -d 'Run in the sandbox of that profile; see --list-profiles. Implies --stop-on-exit' -a 'untrusted offline download build none'
complete -c runwrap -n __runwrap_reads_options -l read -x -d 'Leave that path readable in the sandbox. May be repeated' -a '(__runwrap_offer file)'
complete -c runwrap -n __runwrap_reads_options -l write -x -d 'Leave that path writable in the sandbox. May be repeated' -a '(__runwrap_offer file)'
complete -c runwrap -n __runwrap_reads_options -l allow-net -x -d 'Leave that of the network: a prefix, localhost, or any. May be repeated' -a 'localhost any'
complete -c runwrap -n __runwrap_reads_options -l wait -d 'Wait until the unit has ended; print its account'
complete -c runwrap -n __runwrap_reads_options -l report -x -d 'Write the account as JSON (\'-\' is standard output); wait' -a '(__runwrap_offer file)'
complete -c runwrap -n __runwrap_reads_options -l stop-on-exit -d 'Stop the unit when interrupted, rather than leave it running; wait'
complete -c runwrap -n __runwrap_reads_options -l enforce -x -d 'If a restriction is not shown to be in force: strict (refuse), warn, or off' -a 'strict warn off'
complete -c runwrap -n __runwrap_reads_options -l max-exposure -x -d 'Refuse what is more exposed than that, from 0 to 10; see --exposure'
complete -c runwrap -n __runwrap_reads_options -l no-block -d 'Do not wait until the unit is started'
complete -c runwrap -n __runwrap_reads_options -l no-ask-password -d 'Do not ask for passwords'
complete -c runwrap -n __runwrap_reads_options -l on-active -x -d 'Run it that long from now'
complete -c runwrap -n __runwrap_reads_options -l on-boot -x -d 'Run it that long after the boot'
complete -c runwrap -n __runwrap_reads_options -l on-startup -x -d 'Run it that long after the start of the service manager'
complete -c runwrap -n __runwrap_reads_options -l on-unit-active -x -d 'Run it that long after its last start'
complete -c runwrap -n __runwrap_reads_options -l on-unit-inactive -x -d 'Run it that long after its last end'
complete -c runwrap -n __runwrap_reads_options -l on-calendar -x -d 'Run it at these times, such as daily or \'Mon..Fri 8:00\'; see systemd.time(7)' -a 'minutely hourly daily monthly weekly quarterly yearly annually semiannually'
complete -c runwrap -n __runwrap_reads_options -l on-clock-change -d 'Run it when the clock is set'
complete -c runwrap -n __runwrap_reads_options -l on-timezone-change -d 'Run it when the time zone changes'
complete -c runwrap -n __runwrap_reads_options -l timer-property -x -d 'Set a directive of the timer. May be repeated' -a '(__runwrap_property timer)'
complete -c runwrap -n __runwrap_reads_options -l path-property -x -d 'Set a directive of the path. May be repeated' -a '(__runwrap_property path)'
complete -c runwrap -n __runwrap_reads_options -l socket-property -x -d 'Set a directive of the socket. May be repeated' -a '(__runwrap_property socket)'
complete -c runwrap -n __runwrap_reads_options -l system -d 'Use the system\'s manager'
complete -c runwrap -n __runwrap_reads_options -l user -d 'Use the calling user\'s manager'
complete -c runwrap -n __runwrap_reads_options -s M -l machine -x -d 'Use the manager of a container, or of a user: [USER@]CONTAINER, USER@.host' -a '(__runwrap_offer machine)'
complete -c runwrap -n __runwrap_reads_options -s H -l host -x -d 'Use the manager of another host, over ssh' -a '(__runwrap_offer host)'
complete -c runwrap -n __runwrap_reads_options -s C -l capsule -x -d 'Use the manager of a capsule' -a '(__runwrap_offer capsule)'
complete -c runwrap -n __runwrap_reads_options -l embedded -d 'Use a private manager, started for this command; wait. The default where no systemd is running'
complete -c runwrap -n __runwrap_reads_options -l dry-run -d 'Start nothing; print what would be sent, as a unit file, or as JSON (json)' -a 'unit json'
complete -c runwrap -n __runwrap_reads_options -l exposure -d 'Start nothing; print how exposed the service, or with --unit= one that is there, is'
complete -c runwrap -n __runwrap_reads_options -l list-properties -d 'List the directives for --property, all or some, and exit' -a '(__runwrap_offer directive)'
complete -c runwrap -n __runwrap_reads_options -l list-profiles -d 'List the profiles for --sandbox, and exit'
complete -c runwrap -n __runwrap_reads_options -s h -l help -d 'Show this help and exit'
complete -c runwrap -n __runwrap_reads_options -l version -d 'Show the version and exit'
complete -c runwrap -n __runwrap_reads_options -l no-pager -d 'Accepted for systemd-run\'s sake: no pager is ever started'
