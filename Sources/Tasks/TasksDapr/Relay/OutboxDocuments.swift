package import Dapr
internal import DaprJSON
package import Tasks

/// The state keys of the relay.
///
///     relays                    the instances that publish
///     relay:{instance}          the lease of one
///     outbox:{instance}:{slot}  an owner with changes that the instance has yet to publish
package enum RelayKeys {
    /// The list of instances.
    package static let instances: StateKey = "relays"

    /// An instance's lease.
    package static func lease(_ instance: String) -> StateKey { StateKey("relay:\(instance)") }

    /// One of an instance's slots.
    package static func slot(_ instance: String, _ slot: Int) -> StateKey { StateKey("outbox:\(instance):\(slot)") }
}

/// The list of instances that publish, or did until they died: `{"instances":["<uuid>"],"v":1}`.
package struct InstanceList: Equatable, Sendable {
    /// Their names.
    package var instances: [String]

    package init(_ instances: [String] = []) {
        self.instances = instances
    }

    /// Reads a list; an unreadable one is empty.
    package init(decoding bytes: [UInt8]) {
        let value = try? JSONValue(parsing: bytes)
        instances = (value?["instances"]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    /// The document.
    package var encoded: [UInt8] {
        let list = JSONValue.array(instances.map { .string($0) })
        return JSONValue.object(["instances": list, "v": 1]).serialized()
    }
}

/// The lease of an instance: `{"beat":7,"first":12,"slots":128,"takenBy":"<uuid>","takeover":20000,"v":1}`.
///
/// The instance writes it again and again while it lives. Another instance that has seen the same beat for long enough
/// takes the lease, and publishes the changes that are left.
package struct RelayLease: Equatable, Sendable {
    /// How often the lease was written.
    package var beat = 0
    /// The lowest slot number that may be in use.
    package var first = 0
    /// The number after the highest that may be in use.
    package var slots: Int
    /// The time without a beat, in milliseconds, after which others may take the instance for dead; their own setting
    /// may differ.
    package var takeoverMilliseconds = 0
    /// The instance that publishes in its place; `nil` while it lives.
    package var takenBy: String?

    /// Creates a lease for the slot numbers below `slots`.
    package init(slots: Int) {
        self.slots = slots
    }

    /// Reads a lease; `nil` when the document is none.
    package init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let beat = value["beat"]?.intValue,
            let slots = value["slots"]?.intValue
        else { return nil }
        self.beat = beat
        first = value["first"]?.intValue ?? 0
        guard first >= 0, slots >= first, slots - first <= RelayLease.slotLimit else { return nil }
        self.slots = slots
        takeoverMilliseconds = max(0, value["takeover"]?.intValue ?? 0)
        takenBy = value["takenBy"]?.stringValue
    }

    /// The document.
    package var encoded: [UInt8] {
        var object: JSONObject = ["beat": .integer(beat), "first": .integer(first), "slots": .integer(slots), "v": 1]
        object["takeover"] = .integer(takeoverMilliseconds)
        if let takenBy { object["takenBy"] = .string(takenBy) }
        return JSONValue.object(object).serialized()
    }

    /// The document in the place of a lease that ended.
    static let ended = JSONValue.object(["ended": true, "v": 1]).serialized()

    /// Whether a document says that its lease ended.
    static func isEnded(_ bytes: [UInt8]) -> Bool { (try? JSONValue(parsing: bytes))?["ended"] == true }

    /// How long a closed slot or an ended lease stays stored, as a guard against late calls of a process that was
    /// suspended.
    static let endedTime = Duration.seconds(86_400)

    /// The most slots that may be in use at a time; further owners with unpublished changes wait for one.
    package static let slotLimit = 1 << 20
}

/// An owner whose changes from a sequence on may be unpublished: `{"first":9,"owner":"u1","v":1}`.
package struct OutboxSlot: Equatable, Sendable {
    /// The owner of the changes.
    package var owner: OwnerID
    /// The first change that may be unpublished.
    package var first: Int

    package init(owner: OwnerID, first: Int) {
        self.owner = owner
        self.first = first
    }

    /// Reads a slot; `nil` when the document is none.
    package init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let first = value["first"]?.intValue,
            let owner = value["owner"]?.stringValue.flatMap({ OwnerID($0) })
        else { return nil }
        self.init(owner: owner, first: first)
    }

    /// The document.
    package var encoded: [UInt8] {
        JSONValue.object(["first": .integer(first), "owner": .string(owner.rawValue), "v": 1]).serialized()
    }

    /// The document in the place of a slot that no commit may write any more.
    static let closed = JSONValue.object(["closed": true, "v": 1]).serialized()

    /// Whether a document says that its number is closed.
    static func isClosed(_ bytes: [UInt8]) -> Bool { (try? JSONValue(parsing: bytes))?["closed"] == true }
}

/// The highest published sequence of an owner: `{"beat":3,"by":"<name>","claimed":11,"sequence":9,"v":1}`.
package struct PublishedMark: Equatable, Sendable {
    /// The claim of a publisher that publishes all future changes.
    package static let everything = 1 << 50

    /// The highest published sequence.
    package var sequence: Int
    /// The sequence up to which the mark's writer goes on publishing; never less than `sequence`.
    package var claimed: Int
    /// The mark's writer; `nil` when it does not go on.
    package var publisher: String?
    /// How often the mark was written only to show that its publisher lives.
    package var beat: Int

    /// Creates a mark; without `claimed` its writer does not go on.
    package init(sequence: Int, claimed: Int = 0, publisher: String? = nil, beat: Int = 0) {
        self.sequence = sequence
        self.claimed = max(sequence, claimed)
        self.publisher = publisher
        self.beat = beat
    }

    /// Whether its writer publishes all future changes.
    package var claimsEverything: Bool { claimed >= PublishedMark.everything }

    /// Reads a mark; `nil` when the document is none.
    package init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let sequence = value["sequence"]?.intValue else { return nil }
        self.init(
            sequence: sequence,
            claimed: value["claimed"]?.intValue ?? 0,
            publisher: value["by"]?.stringValue,
            beat: value["beat"]?.intValue ?? 0
        )
    }

    /// The document.
    package var encoded: [UInt8] {
        var object: JSONObject = ["sequence": .integer(sequence), "v": 1]
        if claimed > sequence { object["claimed"] = .integer(claimed) }
        if let publisher { object["by"] = .string(publisher) }
        if beat > 0 { object["beat"] = .integer(beat) }
        return JSONValue.object(object).serialized()
    }
}
