internal import DaprJSON

/// Delivers the runs of jobs to the application.
struct JobDeliverer: Sendable {
    let channel: (any AppChannel)?
    let appAPIToken: String?
    let observer: @Sendable (RuntimeEvent) -> Void
    var meter = RuntimeMeter.none

    /// Calls the application once: 2xx is a success, and so is 404, as in daprd.
    func deliver(_ name: String, _ job: JobDefinition) async -> JobScheduler.Outcome {
        let start = meter.start
        let outcome = await attempt(name, job)
        if outcome != .cutShort {
            meter.note(since: start) { .job(isSuccess: outcome == .succeeded, elapsed: $0) }
        }
        return outcome
    }

    private func attempt(_ name: String, _ job: JobDefinition) async -> JobScheduler.Outcome {
        guard let channel else { return .cutShort }
        var headers = [(name: "Content-Type", value: "application/json")]
        if let appAPIToken, !appAPIToken.isEmpty { headers.append(("dapr-api-token", appAPIToken)) }
        var request = AppRequest(
            method: "POST",
            target: "/job/" + Self.escaped(name),
            headers: headers,
            body: job.data?.serialized() ?? []
        )
        request.subject = FaultSubject(.jobRun, keys: [name])
        let reason: String
        do throws(AppChannelError) {
            let answer = try await channel.send(request)
            switch answer.status {
            case 200..<300: return .succeeded
            case 404:
                observer(.jobUnknown(name: name))
                return .succeeded
            default: reason = "the application answered \(answer.status)"
            }
        } catch {
            if error == .cancelled { return .cutShort }
            reason = "\(error)"
        }
        observer(.jobFailed(name: name, reason: reason))
        return .failed
    }

    /// The name as one segment of a path.
    private static func escaped(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                bytes.append(byte)
            case _ where "-._~!$&'()*+,;=:@".utf8.contains(byte): bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
