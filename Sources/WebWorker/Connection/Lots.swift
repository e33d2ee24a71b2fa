internal import Handoff

/// Which connections a worker keeps while its generation shares them with another, by a lot that each has drawn.
///
/// A connection draws when it comes, out of the lots that are kept then: the kernel has steered it here by the present
/// shares, and only the next step's are to move it. It keeps its lot from step to step, so when the other generation's share
/// grows more of them go, and none is drawn twice.
struct Lots: Equatable, Sendable {
    /// All of them are kept: nothing is shared.
    static let all = 0..<ControlMessage.lots
    /// None is: every connection goes.
    static let none = 0..<0

    private(set) var kept = Lots.all
    /// Each draw is the golden ratio further, so that also a few connections are divided by their share. Source: Weyl's
    /// sequence; Knuth, The Art of Computer Programming, volume 3, 6.4.
    private var position: UInt32

    /// Lots that begin anywhere: workers must not all draw the same.
    init(from position: UInt32 = .random(in: 0 ... .max)) { self.position = position }

    /// A lot among those that are kept.
    mutating func draw() -> UInt16 {
        position &+= 0x9E37_79B9
        let place = (UInt64(position) * UInt64(kept.count)) >> 32
        return UInt16(kept.lowerBound + Int(place))
    }

    /// Whether a connection of this lot is another generation's.
    func go(_ lot: UInt16) -> Bool { !kept.contains(Int(lot)) }

    /// Keeps these from now on. True: all draw anew, since these are not among those that were kept before.
    mutating func keep(_ lots: Range<Int>) -> Bool {
        let isStep = kept.lowerBound <= lots.lowerBound && lots.upperBound <= kept.upperBound
        kept = lots
        return !isStep && lots != Self.none
    }
}
