extension ThisProcess {
    /// Whether a file's owner, as the kernel tells it, is somebody whom this process's user namespace does not have: 65534,
    /// where no user of the namespace has that number. Nobody in there can be him. Source: user_namespaces(7).
    package static func isOutside(_ uid: UInt32) -> Bool { uid == overflow && !mapsOverflow }

    /// Source: /proc/sys/kernel/overflowuid, which nobody changes.
    private static let overflow: UInt32 = 65534

    private static let mapsOverflow: Bool = {
        guard let content = try? Files.read("/proc/self/uid_map") else { return true }
        let number = UInt64(ThisProcess.overflow)
        return String(decoding: content, as: UTF8.self).split(separator: "\n").contains { line in
            let numbers = line.split(separator: " ").compactMap { UInt64($0) }
            return numbers.count == 3 && numbers[0] <= number && number < numbers[0] + numbers[2]
        }
    }()
}
