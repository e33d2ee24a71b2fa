internal import CLinux
internal import Glibc

/// The time zone of this process: TZ, or that of the machine. Source: tzset(3).
package enum LocalTime {
    /// Takes up a zone that the machine was given since. The corresponding C function is `tzset`.
    package static func update() { tzset() }

    /// The distance of local time from UTC, in seconds; east is positive. The corresponding C function is `localtime_r`.
    ///
    /// - Parameter moment: seconds since 1970-01-01 UTC.
    package static func offset(at moment: Int) -> Int {
        var seconds = time_t(moment)
        var parts = unsafe tm()
        return unsafe localtime_r(&seconds, &parts) == nil ? 0 : unsafe parts.tm_gmtoff
    }
}
