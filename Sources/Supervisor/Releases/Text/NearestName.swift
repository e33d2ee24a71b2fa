/// Finds the word that somebody meant.
package enum NearestName {
    /// The candidate that differs least from `name`, when it is near enough to be what was meant.
    ///
    /// Near enough is one slip in three letters. Upper and lower case, `_` and `-` do not count. The first of equals wins.
    package static func of(_ name: String, in candidates: [String]) -> String? {
        let wanted = plain(name)
        let scored = candidates.map { (name: $0, distance: distance(wanted, plain($0))) }
        guard let best = scored.min(by: { $0.distance < $1.distance }),
            best.distance <= max(1, max(wanted.count, best.name.count) / 3)
        else { return nil }
        return best.name
    }

    /// How many letters must be put in, taken out, changed or swapped with their neighbour to make one of the other.
    ///
    /// Source: optimal string alignment distance.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, leftByte) in left.enumerated() {
            var current = [row + 1]
            for (column, rightByte) in right.enumerated() {
                let change = last[column] + (leftByte == rightByte ? 0 : 1)
                var best = min(change, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, leftByte == right[column - 1], left[row - 1] == rightByte {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }

    private static func plain(_ name: String) -> [UInt8] {
        name.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
    }
}
