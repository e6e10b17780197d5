internal import DaprJSON
internal import DaprText

/// A call that the sidecar makes to the app for a job that is due: `POST /job/{name}` with the job's data as body.
///
/// It comes at least once, and without a trace. Answer it with the status of a ``JobAnswer``.
///
/// See [Jobs API](https://docs.dapr.io/reference/api/jobs_api/).
public struct JobTrigger: Sendable, Hashable {
    /// The job that is due.
    public let name: JobName
    /// The data of the job as JSON bytes; `nil` when it was scheduled without.
    public let data: [UInt8]?

    /// Makes a trigger of a name that a router has taken from the path and decoded, and the body of the request.
    public init(name: JobName, body: [UInt8]) {
        self.name = name
        data = body.isEmpty ? nil : body
    }

    /// Reads a trigger from a request.
    ///
    /// - Parameters:
    ///   - path: the path as it was received, percent-encoded; a query is left out.
    ///   - body: the body.
    /// - Throws: ``DeliveryError/otherPath(expected:)`` when the path is not `/job/{name}`.
    public init(path: String, body: [UInt8]) throws(DeliveryError) {
        let prefix = "/job/"
        let path = path.prefix(beforeByte: "?")
        guard path.hasBytePrefix(prefix), let name = PercentEncoding.decoded(path.utf8.dropFirst(prefix.utf8.count)),
            !name.isEmpty, !name.containsByte("/")
        else { throw .otherPath(expected: "/job/{name}") }
        self.init(name: JobName(name), body: body)
    }

    /// The data as a type of the caller's.
    ///
    /// - Throws: ``DeliveryError/noData`` when there is none, `JSONError` when it is not JSON, `DecodingError` when it does not fit.
    public func decodedData<T: Decodable>(_ type: T.Type) throws -> T {
        guard let data else { throw DeliveryError.noData }
        return try JSONCoding.decode(type, from: data)
    }
}

/// What an app answers to a job's call; only the status counts.
///
/// Never answer 404 for a job that shall come again: the sidecar takes that for done.
public enum JobAnswer: Int, Sendable, Hashable, CaseIterable {
    /// The job was done.
    case done = 200
    /// The job failed: ``Job/failurePolicy`` decides whether it comes again.
    case failed = 500

    /// The status of the HTTP answer.
    public var status: Int { rawValue }
}
