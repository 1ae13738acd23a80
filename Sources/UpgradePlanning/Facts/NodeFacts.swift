/// One node of the cluster file, and what was seen on its host.
public struct NodeFacts: Codable, Hashable, Sendable {
    public var name: NodeName
    /// Every address of the cluster file, in its order, each tried.
    public var addresses: [AddressFacts]
    public var host: Observed<HostFacts>
    /// How the operator logs in; absent in facts of before kupgrade noted it.
    public var login: LoginFacts?

    public init(name: NodeName, addresses: [AddressFacts], host: Observed<HostFacts>, login: LoginFacts? = nil) {
        self.name = name
        self.addresses = addresses
        self.host = host
        self.login = login
    }
}

/// What the cluster file says of logging in to a node, for commands that people paste.
public struct LoginFacts: Codable, Hashable, Sendable {
    /// `nil` leaves it to the operator's configuration of ssh.
    public var user: String?
    /// `ssh -F`.
    public var configFile: String?
    /// `sudo` or `run0` where the login is not root.
    public var become: String?

    public init(user: String? = nil, configFile: String? = nil, become: String? = nil) {
        self.user = user
        self.configFile = configFile
        self.become = become
    }
}

/// How one address of a node answered.
public struct AddressFacts: Codable, Hashable, Sendable {
    public enum State: String, Codable, Sendable {
        /// The facts came over this one.
        case used
        /// An ssh server answers there.
        case answers
        /// Nothing answers there, or it refused us; `reason` says which.
        case dead
    }

    /// As the cluster file has it; `local` for the operator's own host.
    public var address: String
    public var state: State
    public var reason: String?

    public init(address: String, state: State, reason: String? = nil) {
        self.address = address
        self.state = state
        self.reason = reason
    }
}

/// What one host says of itself, from one round trip.
public struct HostFacts: Codable, Hashable, Sendable {
    public var hostname: String
    public var machineID: String
    public var bootID: String
    /// `uname -r`.
    public var kernel: String
    /// As in `/run/current-system/nixos-version`; `nil` where the host is not NixOS.
    public var nixosVersion: String?
    public var generations: GenerationFacts
    /// The units of Kubernetes, and those of the host's services that people know by name.
    public var units: [UnitFacts]
    /// Every unit in state `failed`, whatever it belongs to.
    public var failedUnits: [String]
    /// What runs, or would run at the next start: one for each component found in a unit.
    public var components: [ComponentFacts]
    public var pki: [PKIFileFacts]
    public var disks: [DiskFacts]
    /// Bytes.
    public var memoryTotal: Int64
    /// Bytes the kernel thinks a new program could have.
    public var memoryAvailable: Int64
    /// The host's clock minus the operator's, in milliseconds; half the round trip is its error.
    public var clockOffsetMilliseconds: Int64
    /// Who else is changing this host now: units and programs by name (`nixos-upgrade.service`, `nixos-rebuild`).
    public var rebuilders: [String]
    /// The run of kupgrade that has the host's lock; `nil` where none has, and where the login may not look.
    public var openRun: String?
    /// Units that kupgrade keeps from starting: of a run that is open, or that was given up; `nil` where there are none.
    public var heldUnits: [String]?
    /// Addresses of the host's interfaces, as `name address`.
    public var interfaces: [InterfaceFacts]
    /// The operator's own program runs on this very host.
    public var isOperatorHost: Bool
    /// The active generation's closure.
    public var closure: Observed<ClosureFacts> = .absent(Absence(.notAsked, "nobody asked for the closure"))
    /// What the running system was booted with; empty where nobody could say.
    public var booted = BootFacts()
    /// Every unit that is active, activating or reloading, by name; empty where nobody could say.
    public var activeUnits: [String] = []
    public var platform = PlatformFacts()
    /// Certificate and key files that units name and that are absent or empty.
    public var missingFiles: [MissingFileFacts] = []

    public init(
        hostname: String, machineID: String, bootID: String, kernel: String, nixosVersion: String?,
        generations: GenerationFacts, units: [UnitFacts], failedUnits: [String], components: [ComponentFacts],
        pki: [PKIFileFacts], disks: [DiskFacts], memoryTotal: Int64, memoryAvailable: Int64,
        clockOffsetMilliseconds: Int64, rebuilders: [String], interfaces: [InterfaceFacts], isOperatorHost: Bool
    ) {
        self.hostname = hostname
        self.machineID = machineID
        self.bootID = bootID
        self.kernel = kernel
        self.nixosVersion = nixosVersion
        self.generations = generations
        self.units = units
        self.failedUnits = failedUnits
        self.components = components
        self.pki = pki
        self.disks = disks
        self.memoryTotal = memoryTotal
        self.memoryAvailable = memoryAvailable
        self.clockOffsetMilliseconds = clockOffsetMilliseconds
        self.rebuilders = rebuilders
        self.interfaces = interfaces
        self.isOperatorHost = isOperatorHost
    }
}

extension HostFacts {
    public func unit(_ name: String) -> UnitFacts? { units.first { $0.name == name } }

    public func component(_ kind: Component) -> ComponentFacts? { components.first { $0.component == kind } }
}

/// The three generations that can differ on a NixOS host.
public struct GenerationFacts: Codable, Hashable, Sendable {
    /// The number the system profile points at; `nil` without a profile.
    public var profileNumber: Int?
    public var profile: StorePath?
    /// `/run/current-system`: what is active.
    public var current: StorePath?
    /// `/run/booted-system`: what the kernel was booted from.
    public var booted: StorePath?
    /// Where `kernel` of the active and of the booted generation leads; they differ when a reboot is due.
    public var currentKernel: String?
    public var bootedKernel: String?
    /// The store paths of all generations in the system profile, by number.
    public var all: [Int: StorePath]

    public init(
        profileNumber: Int?, profile: StorePath?, current: StorePath?, booted: StorePath?,
        currentKernel: String?, bootedKernel: String?, all: [Int: StorePath]
    ) {
        self.profileNumber = profileNumber
        self.profile = profile
        self.current = current
        self.booted = booted
        self.currentKernel = currentKernel
        self.bootedKernel = bootedKernel
        self.all = all
    }
}

/// Free space of one file system that an upgrade or a restore writes to.
public struct DiskFacts: Codable, Hashable, Sendable {
    public var path: String
    public var totalBytes: Int64
    public var freeBytes: Int64

    public init(path: String, totalBytes: Int64, freeBytes: Int64) {
        self.path = path
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
    }
}

public struct InterfaceFacts: Codable, Hashable, Sendable {
    public var name: String
    /// With its prefix length: `10.77.0.11/24`.
    public var address: String

    public init(name: String, address: String) {
        self.name = name
        self.address = address
    }
}
