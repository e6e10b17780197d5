internal import JSON

/// What the application said about one message.
enum DeliveryAnswer: Equatable, Sendable {
    /// It is done.
    case success
    /// It is to be forgotten, or put on the dead letter topic.
    case drop(reason: String)
    /// It failed; `status` is the application's, when that says so.
    ///
    /// A word in the body of a success, or none there, is no status that a policy could name: `matching` does not hold it back.
    case retry(reason: String, status: Int?)

    /// Reads the answer to one message.
    init(_ response: AppResponse) {
        switch response.status {
        case 200..<300: self.init(word: Self.status(in: response.body))
        case 404: self = .drop(reason: "the application answered 404")
        default: self = .retry(reason: "the application answered \(response.status)", status: response.status)
        }
    }

    /// Reads the answers to a bulk delivery; an entry that is not answered for is a failure.
    static func bulk(_ response: AppResponse, entries: [String]) -> [String: DeliveryAnswer] {
        switch response.status {
        case 200..<300: break
        case 404: return fill(entries, with: .drop(reason: "the application answered 404"))
        default:
            return fill(
                entries,
                with: .retry(reason: "the application answered \(response.status)", status: response.status)
            )
        }
        // What is no JSON says nothing about any entry: all are tried again.
        let json = try? JSONValue(parsing: response.body)
        var answers = fill(
            entries,
            with: .retry(reason: "the application did not answer for this entry", status: nil)
        )
        for member in json?.objectValue?.member("statuses")?.arrayValue ?? [] {
            guard let object = member.objectValue, let id = object.member("entryId")?.stringValue, answers[id] != nil,
                let word = object.member("status")?.stringValue, !word.isEmpty
            else { continue }
            answers[id] = DeliveryAnswer(word: word)
        }
        return answers
    }

    /// The failure of a request that has no answer.
    init(_ error: AppChannelError) { self = .retry(reason: "\(error)", status: nil) }

    /// The answer as a metric names it.
    var metricStatus: String {
        switch self {
        case .success: "success"
        case .drop: "drop"
        case .retry: "retry"
        }
    }

    private init(word: String?) {
        switch word {
        case nil, "", "SUCCESS": self = .success
        case "DROP": self = .drop(reason: "the application answered DROP")
        case "RETRY": self = .retry(reason: "the application answered RETRY", status: nil)
        case let word?: self = .retry(reason: "the application answered the unknown status \"\(word)\"", status: nil)
        }
    }

    /// The `status` of an answer; `nil` for a body that says nothing, which counts as success.
    private static func status(in body: [UInt8]) -> String? {
        guard body.contains(UInt8(ascii: "{")) else { return nil }
        // A body that is no JSON is a success.
        return (try? JSONValue(parsing: body))?.objectValue?.member("status")?.stringValue
    }

    private static func fill(_ entries: [String], with answer: DeliveryAnswer) -> [String: DeliveryAnswer] {
        Dictionary(entries.map { ($0, answer) }) { first, _ in first }
    }
}
