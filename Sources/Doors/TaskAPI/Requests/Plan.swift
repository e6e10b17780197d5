import DaprJSON
import Tasks
import Tokens
import WebFront

/// The outcome that a batch shall have, as a hash.
struct Plan: Sendable {
    private let command: String
    private let owner: OwnerID
    private let signers: TaskSigners

    init(command: TaskCommand, conditions: [Int: TaskCondition], _ owner: OwnerID, _ signers: TaskSigners) {
        let versions = conditions.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.version)" }
        self.command = "\(Fingerprint(of: command).text) \(versions.joined(separator: " "))"
        self.owner = owner
        self.signers = signers
    }

    /// The hash of an outcome of the batch.
    func hash(of outcomes: [DecidedOutcome]) throws(WebFault) -> String {
        do throws(TokenError) {
            return try signers.planHash(of: text(of: outcomes), owner)
        } catch {
            throw .refused(.internalError, hiding: String(describing: error))
        }
    }

    /// Whether a hash is that of an outcome of the batch.
    func isOf(_ outcomes: [DecidedOutcome], _ hash: String) -> Bool {
        // Without cryptography nothing can be compared, and nothing is done.
        (try? signers.isPlan(hash, text(of: outcomes), owner)) ?? false
    }

    private func text(of outcomes: [DecidedOutcome]) -> String {
        "\(command)\n\(String(decoding: outcomes.planned.serialized(), as: UTF8.self))\n"
    }
}
