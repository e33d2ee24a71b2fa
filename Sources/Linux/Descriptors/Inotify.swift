import CLinux
import Glibc

/// Word that files were written to. Source: inotify(7).
package struct Inotify: ~Copyable {
    private let descriptor: FileDescriptor

    /// The descriptor's number, lent, for epoll.
    package var number: CInt { descriptor.number }

    /// Watches nothing yet. The corresponding C function is `inotify_init1`.
    package init() throws(SystemError) {
        let flags = CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK)
        descriptor = FileDescriptor(owning: try system("inotify_init1") { inotify_init1(flags) })
    }

    /// Reports the next write to a file, once; gives the number that the report will bear. The corresponding C function
    /// is `inotify_add_watch` with IN_MODIFY and IN_ONESHOT.
    package borrowing func watchOnce(_ path: String) throws(SystemError) -> Int32 {
        let set = number
        let mask = UInt32(IN_MODIFY) | 0x8000_0000
        return try system("inotify_add_watch", path) { unsafe inotify_add_watch(set, path, mask) }
    }

    /// Reports whenever the file gets a name more or loses one. The corresponding C function is `inotify_add_watch` with
    /// IN_ATTRIB, IN_MOVE_SELF and IN_DELETE_SELF.
    package borrowing func watchNames(_ path: String) throws(SystemError) -> Int32 {
        let set = number
        let mask = UInt32(IN_ATTRIB) | UInt32(IN_MOVE_SELF) | UInt32(IN_DELETE_SELF) | UInt32(IN_DONT_FOLLOW)
        return try system("inotify_add_watch", path) { unsafe inotify_add_watch(set, path, mask) }
    }

    /// Throws away what has been reported.
    package borrowing func clear() throws(SystemError) {
        var room = [UInt8](repeating: 0, count: 4096)
        while case .bytes(let count) = try descriptor.read(into: &room), count > 0 {}
    }

    /// Reports what goes away in a directory, and the directory itself, until it does. The corresponding C function is
    /// `inotify_add_watch`.
    package borrowing func watchRemovals(in directory: String) throws(SystemError) {
        let set = number
        let mask = UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)
        _ = try system("inotify_add_watch", directory) {
            unsafe inotify_add_watch(set, directory, mask | UInt32(IN_ONLYDIR))
        }
    }

    /// Reports whatever changes in a directory: names that come, go, or lead elsewhere, files that were written, the directory
    /// itself when it goes away. The corresponding C function is `inotify_add_watch`.
    package borrowing func watchChanges(in directory: String) throws(SystemError) -> Int32 {
        let set = number
        let names = UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM) | UInt32(IN_MOVED_TO)
        let files = UInt32(IN_CLOSE_WRITE) | UInt32(IN_ATTRIB) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)
        return try system("inotify_add_watch", directory) {
            unsafe inotify_add_watch(set, directory, names | files | UInt32(IN_ONLYDIR))
        }
    }

    /// The names that went away since the last call; an empty one stands for the directory itself, and for news that the
    /// kernel had no room for.
    package borrowing func readRemovals() throws(SystemError) -> [String] {
        var names: [String] = []
        try forEachEvent { event, name in
            if event.mask & UInt32(IN_IGNORED) == 0 {
                names.append(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
            }
        }
        return names
    }

    /// Takes all events that wait, each with its name's bytes, which zeros fill up.
    private borrowing func forEachEvent(_ body: (inotify_event, ArraySlice<UInt8>) -> Void) throws(SystemError) {
        var room = [UInt8](repeating: 0, count: 4096)
        while case .bytes(let count) = try descriptor.read(into: &room), count > 0 {
            var offset = 0
            while offset + MemoryLayout<inotify_event>.size <= count {
                let event = unsafe room.withUnsafeBytes {
                    unsafe $0.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                }
                let start = offset + MemoryLayout<inotify_event>.size
                body(event, room[start..<min(count, start + Int(event.len))])
                offset = start + Int(event.len)
            }
        }
    }

    /// Stops watching; a watch that has reported already is no error.
    package borrowing func stop(_ watch: Int32) {
        let set = number
        _ = uninterrupted { inotify_rm_watch(set, watch) }
    }

    /// The watches whose files were written to since the last call.
    package borrowing func read() throws(SystemError) -> [Int32] {
        var written: [Int32] = []
        try forEachEvent { event, _ in if event.mask & UInt32(IN_MODIFY) != 0 { written.append(event.wd) } }
        return written
    }
}
