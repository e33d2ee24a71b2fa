import CLinux

extension FileDescriptor {
    /// What is cut off a file's front is a multiple of this, in bytes.
    package static let frontBlock = 64 << 10

    /// Cuts bytes off the front of a file of `size` bytes, so that about `kept` remain, while others append to it.
    ///
    /// Where the file system can (ext4, xfs), in one step without loss: the corresponding C function is `fallocate` with
    /// FALLOC_FL_COLLAPSE_RANGE. Elsewhere the end is copied over a file cut to nothing, and what is written between the
    /// two is lost.
    package borrowing func dropFront(keeping kept: Int, of size: Int) throws(SystemError) {
        let descriptor = number
        let dropped = (size - kept) / Self.frontBlock * Self.frontBlock
        guard dropped > 0 else { return }
        if case .success = uninterrupted({ clinux_collapse_range(descriptor, off_t(dropped)) }) { return }
        let end = try read(at: dropped, count: size - dropped)
        try truncate(to: 0)
        try writeAll(end)
    }
}
