import CLinux

/// Calls on memory of this process.
package enum Memory {
    /// Overwrites bytes with zeros, which no compiler leaves out. The corresponding C function is `explicit_bzero`.
    package static func wipe(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBytes { unsafe clinux_wipe($0.baseAddress, $0.count) }
    }

    /// The same for memory that the caller manages itself.
    package static func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
        unsafe clinux_wipe(bytes.baseAddress, bytes.count)
    }
}

extension [UInt8] {
    /// Overwrites the bytes with zeros and lets them go. Only what this value alone has is overwritten: another value with the same
    /// bytes gets a copy of its own by that, and keeps it.
    package mutating func wipe() {
        Memory.wipe(&self)
        self = []
    }
}
