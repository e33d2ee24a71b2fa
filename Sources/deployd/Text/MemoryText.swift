/// Amounts of memory as people read them.
enum MemoryText {
    /// "812 KiB", "7.0 MiB", "1.2 GiB".
    static func size(bytes: Int) -> String {
        switch max(0, bytes) {
        case ..<(1 << 20): "\(bytes >> 10) KiB"
        case ..<(1 << 30): "\(tenths(bytes, 1 << 20)) MiB"
        default: "\(tenths(bytes, 1 << 30)) GiB"
        }
    }

    private static func tenths(_ bytes: Int, _ unit: Int) -> String {
        let tenths = bytes / (unit / 10)
        return "\(tenths / 10).\(tenths % 10)"
    }
}
