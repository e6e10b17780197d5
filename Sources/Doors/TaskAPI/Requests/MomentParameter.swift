import DaprHTTP
import DaprText
import Tasks
import WebFront

/// The parameter that names a moment of the past: `as_of=120`, or `as_of=2026-11-29T12:00:00Z`.
enum MomentParameter {
    static let name = FieldFault.momentField

    /// Reads a moment.
    ///
    /// - Parameters:
    ///   - text: A sequence, or an instant by RFC 3339.
    ///   - now: The current time, after which there is no past.
    /// - Returns: The moment; whether there is such a sequence is not known here.
    /// - Throws: What is wrong with it.
    static func moment(_ text: String, now: Timestamp) throws(MomentFault) -> Moment {
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            guard let sequence = Int(text), ChangeQuery.sequences.contains(sequence) else { throw .tooLarge }
            return .sequence(sequence)
        }
        guard let time = Timestamp(parsing: text) else { throw .noMoment }
        guard time <= now else { throw .inTheFuture }
        return .time(time)
    }

    /// The moment that a request for one task names; `nil` when it is for the task of now.
    ///
    /// - Throws: A refusal that names the parameter when it is given twice or names no moment of the past.
    static func moment(of request: HTTPRequest, now: () -> Timestamp) throws(WebFault) -> Moment? {
        guard request.query != nil else { return nil }
        guard let items = request.queryItems() else { throw .malformedQuery }
        let values = items.filter { $0.name.hasSameBytes(as: name) }.map(\.value)
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw .invalidParameters([FieldFault(name, .duplicate, "Give this once.")]) }
        do throws(MomentFault) {
            return try moment(value, now: now())
        } catch {
            throw .invalidParameters([error.fieldFault])
        }
    }
}

/// What is wrong with a moment.
enum MomentFault: Error {
    case noMoment, tooLarge, inTheFuture

    var fieldFault: FieldFault {
        switch self {
        case .noMoment:
            FieldFault(
                MomentParameter.name,
                .notRFC3339,
                "Give the sequence of a change, or a date and time such as 2026-11-29T12:00:00Z; write + as %2B."
            )
        case .tooLarge:
            .noSequence(MomentParameter.name)
        case .inTheFuture:
            FieldFault(MomentParameter.name, .outOfRange, "This is in the future; give a time that has been.")
        }
    }
}

extension HTTPHeaders {
    /// Adds how long an answer may be kept by its reader.
    ///
    /// - Parameters:
    ///   - lasts: Whether the same request will always have this answer, so that it need not be asked again. It is the
    ///     answer to one user, so it must not be found for another who uses the same browser.
    ///   - varying: The request headers that it depends on beside.
    mutating func addCaching(lasts: Bool, varying: [String] = []) {
        add("Cache-Control", lasts ? "private, max-age=3600" : "private, no-cache")
        let names = (lasts ? ["Authorization"] : []) + varying
        if !names.isEmpty { add("Vary", names.joined(separator: ", ")) }
    }
}
