import DaprHTTP
import DaprJSON

/// All errors that clients can be told, with an example of each; `docs/errors.md` is made of it.
package struct ErrorTable: Sendable {
    /// One answer for each code, by status and then by code.
    package let answers: [ErrorAnswer]
    /// The codes of faults in single fields, each with its meaning.
    package let faultCodes: [(code: String, meaning: String)]

    /// Collects what the operations of the doors are refused with, and what comes before any operation is found.
    init(of doors: [Door]) {
        var answers: [ErrorAnswer] = []
        let described = doors.flatMap(\.endpoints).flatMap(\.operation.refusals).flatMap(\.answers)
        for answer in described + ErrorTable.beforeOperations
        where !answers.contains(where: { $0.code.name.utf8.elementsEqual(answer.code.name.utf8) }) {
            answers.append(answer)
        }
        self.answers = answers.sorted { ($0.status.code, $0.code.name) < ($1.status.code, $1.code.name) }
        faultCodes = doors.flatMap(\.faultCodes)
    }

    private static let beforeOperations: [ErrorAnswer] = [
        WebFault.noSuchPath, .originNotAllowed, .unread(.unknownMethod), .unread(.unknownExpectation),
    ].map(\.answer)

    /// The table as a page in Markdown.
    package var markdown: String {
        var page = """
            # Errors

            Made from the code by `ErrorTableTests`; `ERRORS_WRITE=1 make test FILTER=ErrorTableTests` writes it anew.

            Programs compare `code`, which never changes; `message` is for people and may. A client whose `Accept` prefers
            `application/problem+json` gets the same as a problem of RFC 9457: `type` leads to the code at `/docs`, `title` is
            its meaning, `detail` the message, and `errors` has what `details.fields` has otherwise, each with a `pointer` into
            the body or the name of a `parameter`. Of many faults the first 100 are told, and `details.more` is then `true`.

            | status | code | meaning | what to do |
            |---|---|---|---|

            """
        for answer in answers {
            let code = answer.code
            page +=
                "| \(code.status.code) | [`\(code.name)`](#\(code.anchor.lowercased())) | \(code.meaning). | \(code.remedy) |\n"
        }
        if !faultCodes.isEmpty {
            page += "\n## Codes of faults in `details.fields`\n\n| code | meaning |\n|---|---|\n"
            for fault in faultCodes { page += "| `\(fault.code)` | \(fault.meaning) |\n" }
        }
        page += "\n## Examples\n"
        for answer in answers {
            page += "\n### \(answer.code.anchor)\n\n    HTTP/1.1 \(answer.status.code) \(answer.status.reasonPhrase)\n"
            for header in answer.headers { page += "    \(header.name): \(header.value)\n" }
            page += "\n    \(String(decoding: answer.body.serialized(), as: UTF8.self))\n"
        }
        return page
    }
}
