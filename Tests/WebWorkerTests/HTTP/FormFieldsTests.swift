import Testing

@testable import WebWorker

@Suite struct FormFieldsTests {
    private func fields(_ text: String) -> [[String]] {
        FormFields(urlencoded: Array(text.utf8)).map { [$0.name, $0.value] }
    }

    @Test func namesAndValuesAreDecoded() {
        #expect(fields("a=1&b=x+y&c=%C3%BC&d") == [["a", "1"], ["b", "x y"], ["c", "ü"], ["d", ""]])
        #expect(fields("a=b=c&&=v") == [["a", "b=c"], ["", "v"]])
        #expect(fields("") == [])
    }

    @Test func aPercentSignThatEncodesNothingStays() {
        #expect(fields("a=100%&b=%zz") == [["a", "100%"], ["b", "%zz"]])
    }

    @Test func theFirstOfEqualNamesCountsAndAllCanBeHad() {
        let form = FormFields(urlencoded: Array("a=1&a=2".utf8))
        #expect(form["a"] == "1" && form.all("a") == ["1", "2"] && form["b"] == nil)
    }

    @Test func onlySoManyFieldsAreRead() {
        let many = FormFields(urlencoded: Array(String(repeating: "a&", count: 5_000_000).utf8))
        #expect(many.all("a").count == FormFields.maxFields && many.isCut)
        let few = FormFields(urlencoded: Array("&a=1&&b=2&".utf8), maxFields: 2)
        #expect(few["b"] == "2" && !few.isCut)
        #expect(FormFields(urlencoded: Array("a&b&c".utf8), maxFields: 2).isCut)
    }

    @Test func theFieldsOfARequestAreReadOnce() {
        let fields = ReadFields(maxFields: 1)
        #expect(fields.query { Array("a=1&b=2".utf8) }.isCut)
        #expect(fields.query { Array("c=3".utf8) }["a"] == "1")
        #expect(fields.form { FormFields(urlencoded: Array("d=4".utf8), maxFields: $0) }["d"] == "4")
        #expect(fields.form { FormFields(urlencoded: Array("e=5".utf8), maxFields: $0) }["d"] == "4")
    }
}
