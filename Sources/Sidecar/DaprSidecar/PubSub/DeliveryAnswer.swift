internal import DaprJSON

/// The application's answer for one message.
enum DeliveryAnswer: Equatable, Sendable {
    /// The message was processed.
    case success
    /// The message is to be forgotten, or put on the dead letter topic.
    case drop(reason: String)
    /// The delivery failed; `status` is the application's HTTP status, when that is the failure.
    ///
    /// A failure that the body of a 2xx reports, and a missing answer, have no status that a policy could name. So
    /// `matching` does not prevent their retry.
    case retry(reason: String, status: Int?)

    /// Reads the answer for one message.
    init(_ response: AppResponse) {
        switch response.status {
        case 200..<300: self.init(word: Self.status(in: response.body))
        case 404: self = .drop(reason: "the application answered 404")
        default: self = .retry(reason: "the application answered \(response.status)", status: response.status)
        }
    }

    /// Reads the answers to a bulk delivery; an entry without an answer has failed.
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
        // A body that is not JSON answers for no entry: all are retried.
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

    /// Makes a failure of a request that got no answer.
    init(_ error: AppChannelError) { self = .retry(reason: "\(error)", status: nil) }

    /// The answer in the words of a metric.
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

    /// The `status` of a response; `nil` for a body without one, which counts as success.
    private static func status(in body: [UInt8]) -> String? {
        guard body.contains(UInt8(ascii: "{")) else { return nil }
        // A body that is not JSON is a success.
        return (try? JSONValue(parsing: body))?.objectValue?.member("status")?.stringValue
    }

    private static func fill(_ entries: [String], with answer: DeliveryAnswer) -> [String: DeliveryAnswer] {
        Dictionary(entries.map { ($0, answer) }) { first, _ in first }
    }
}
