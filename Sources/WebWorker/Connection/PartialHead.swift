/// The parser of a head of which a part is here. In a box, since few connections ever need one.
final class PartialHead {
    let parser: RequestHeadParser

    init(_ parser: RequestHeadParser) { self.parser = parser }
}
