internal import Linux

/// The systemd unit of a configuration, as text. Source: systemd.service(5), systemd.exec(5).
package struct ServiceUnit {
    private let configuration: Configuration
    /// The absolute path of the deployd executable.
    private let executable: String
    /// The master's user; nil: root.
    private let user: String?
    /// Why it is this user, when it is not the one who asks.
    private let reason: String?

    /// Directories that releases name to be written to: of access logs and the like.
    private let written: [String]

    /// The unit in which `user` (nil: root) runs `executable` with a configuration.
    ///
    /// - Parameters:
    ///   - reason: why it is this user, in a line, where that is not plain.
    ///   - written: directories that releases write to.
    package init(
        _ configuration: Configuration, executable: String, user: String?, reason: String? = nil, written: [String] = []
    ) {
        self.reason = reason
        self.written = written
        self.configuration = configuration
        self.executable = executable
        self.user = user
    }

    /// The file, ready for /etc/systemd/system.
    package var text: String {
        ([head, life, surroundings, "# What the workers need not do. They inherit all of this.\n" + hardening, foot])
            .joined(separator: "\n\n") + "\n"
    }

    private var head: String {
        """
        # Made by `deployd unit`, for /etc/systemd/system/\(unit).
        # Changes of your own belong beside it: `systemctl edit \(unit.dropLast(".service".count))`.

        [Unit]
        Description=deployd, \(Self.plain(configuration.file ?? configuration.directory))
        Wants=network-online.target
        After=network-online.target
        # A master that is killed is started again, however often.
        StartLimitIntervalSec=0
        """
    }

    /// The lines on start, reload and stop.
    private var life: String {
        let words = Self.word(executable)
        let start = configuration.file.map { " --config \(Self.word($0))" } ?? ""
        return """
            [Service]
            Type=notify
            # Also from the command that ends a service whose master is gone, which may take as long as a drain.
            NotifyAccess=exec
            ExecStart=\(words) start\(start)
            ExecReload=\(words) reload\(start)
            # A stop drains; users notice nothing of a restart, since workers and sockets stay.
            ExecStop=-\(words) __service-stop %n
            # Makes way for the next master, or ends what is left where there will be none.
            ExecStopPost=-\(words) __service-end %n\(start)
            # Workers outlive the master. An end in good order (`deployd stop`) is no reason to start again.
            KillMode=process
            Restart=on-failure
            RestartSec=500ms
            # An error that a person must fix is not retried; other failed starts are, after growing pauses.
            RestartPreventExitStatus=78
            OOMPolicy=continue
            # The master asks for more time while it boots or drains, and has limits of its own.
            TimeoutStartSec=1min
            TimeoutStopSec=1min
            WatchdogSec=30s
            WatchdogSignal=KILL
            # Sockets: kept beside the master, and never made blocking under the workers' feet.
            FileDescriptorStoreMax=1024
            NonBlocking=yes
            """
    }

    /// The lines on the user, and the directories that it may write to.
    private var surroundings: String {
        var lines: [String] = []
        if let reason { lines.append("# \(reason)") }
        if let user { lines.append("User=\(user)") }
        if configuration.file == nil { lines.append("WorkingDirectory=\(Self.plain(configuration.directory))") }
        if let name = places.stateName { lines.append("StateDirectory=\(name)") }
        if let instance {
            lines.append("StateDirectory=\(instance.directoryName)")
            lines.append("RuntimeDirectory=\(instance.directoryName)")
            // Workers that outlive the master are reached there.
            lines.append("RuntimeDirectoryPreserve=yes")
            lines.append("# For access logs: /var/log/\(instance.directoryName)")
            lines.append("LogsDirectory=\(instance.directoryName)")
        }
        lines += ["UMask=0022", "LimitNOFILE=65536", "Delegate=yes"]
        lines.append("# Where files may be written. If your site writes elsewhere, add ReadWritePaths=/srv/uploads")
        lines.append("ProtectSystem=strict")
        let state = places.stateToMake
        // Programs write to the last two without a word: PHP's cache its lock, uploads, Python's tempfile.
        let writable = (places.standing + (state.map { ["-\($0)"] } ?? [])).map(Self.word) + ["/tmp", "/var/tmp"]
        lines.append("ReadWritePaths=" + writable.joined(separator: " "))
        // By root alone: it would follow links of anybody else's.
        if let state, user == nil {
            lines.append("# Outside of the sandbox: the service may write to its state, and not beside it.")
            lines.append("ExecStartPre=+/bin/mkdir -p -m 711 \(Self.word(state))")
        }
        lines.append("ProtectHome=\(usesHome ? "no" : "yes")")
        return lines.joined(separator: "\n")
    }

    private var foot: String {
        """
        [Install]
        WantedBy=multi-user.target
        """
    }

    /// The installed deployd that it is, if its state lies where that of one does.
    private var instance: Instance? { Self.instance(of: configuration) }

    static func instance(of configuration: Configuration) -> Instance? {
        configuration.file.flatMap(Instance.init(configuration:)).flatMap {
            $0.state == configuration.stateDirectory ? $0 : nil
        }
    }

    private var unit: String { Self.file(of: configuration) }

    /// The name of the unit's file.
    static func file(of configuration: Configuration) -> String {
        instance(of: configuration)?.unit ?? "deployd.service"
    }

    /// Places of the configuration that no unit can open, so that such a service could not run.
    package func problems(file: String) -> [Problem] { places.problems(configuration, file: file) }

    /// The directories that it writes to.
    package var places: ServicePlaces { ServicePlaces(configuration, instance: instance, written: written) }

    private var usesHome: Bool {
        let named = [executable, configuration.initialRelease, configuration.file ?? configuration.directory]
        let used = places.all + named
        return used.contains { $0 == "/" || ServiceSandbox.isHome($0) }
    }

    /// A path as one word of a command or a list.
    static func word(_ path: String) -> String {
        let escaped = plain(path).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "$$")
        return escaped.contains { " \t\\\"'$;".contains($0) } ? "\"\(escaped)\"" : escaped
    }

    /// A path as a whole value.
    static func plain(_ path: String) -> String { path.replacing("%", with: "%%") }
}

// Source: systemd.exec(5), "SANDBOXING" and "SYSTEM CALL FILTERING".
extension ServiceUnit {
    /// What is left out, and why:
    ///
    /// - PrivateTmp= makes a new /tmp at each start of the master and removes the old one, which living workers use;
    /// - MemoryDenyWriteExecute= stops every just-in-time compiler (node, PHP, Java, LuaJIT);
    /// - RestrictSUIDSGID= takes openat2(2) away, by which the web server stays within its directory;
    /// - ProtectControlGroups= would forbid the limits of generations;
    /// - PrivateUsers=, PrivateNetwork=, IPAddressDeny= contradict a server on ports of this machine for users of it;
    /// - ProtectProc= would hide the workers of other users, whose start times tell the master who they are.
    private var hardening: String {
        var lines = [
            "NoNewPrivileges=yes", "PrivateDevices=yes", "ProtectClock=yes", "ProtectHostname=yes",
            "ProtectKernelLogs=yes", "PrivateMounts=yes", "ProtectKernelModules=yes", "ProtectKernelTunables=yes",
            "LockPersonality=yes",
            "RestrictNamespaces=yes", "RestrictRealtime=yes",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK", "SystemCallArchitectures=native",
            "SystemCallFilter=@system-service bpf", "SystemCallErrorNumber=EPERM",
        ]
        if user == nil {
            lines += [
                "# Ports below 1024; workers of another user, and limits above ours; a closed gate until the first",
                "# generation is proven (CAP_NET_ADMIN); answers of servers that do not count them (with it CAP_BPF).",
                "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_KILL CAP_CHOWN CAP_FOWNER \\",
                "  CAP_DAC_OVERRIDE CAP_SYS_RESOURCE CAP_NET_ADMIN CAP_BPF",
            ]
        } else if configuration.listeners.contains(where: { ($0.address.port ?? 1024) < 1024 }) {
            lines += ["CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "AmbientCapabilities=CAP_NET_BIND_SERVICE"]
        } else {
            lines.append("CapabilityBoundingSet=")
        }
        return lines.joined(separator: "\n")
    }
}
