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
}
