package import Dapr
internal import JSON
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

/// The instances that publish, or did until they died: `{"instances":["<uuid>"],"v":1}`.
package struct InstanceList: Equatable, Sendable {
    /// Their names.
    package var instances: [String]

    /// Makes a list.
    package init(_ instances: [String] = []) {
        self.instances = instances
    }

    /// Reads a list; what is unreadable names nobody.
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

/// What an instance says of itself: `{"beat":7,"slots":64,"takenBy":"<uuid>","v":1}`.
///
/// It writes this anew as long as it lives. Another that saw the same beat for long enough takes the lease, and publishes what is left.
package struct RelayLease: Equatable, Sendable {
    /// How often it was written.
    package var beat = 0
    /// How many slots may be in use.
    package var slots: Int
    /// Who publishes in its place; nil while it lives.
    package var takenBy: String?

    /// Makes a lease with room for so many slots.
    package init(slots: Int) {
        self.slots = slots
    }

    /// Reads a lease; nil when it is none.
    package init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let beat = value["beat"]?.intValue,
            let slots = value["slots"]?.intValue, (0...RelayLease.slotLimit).contains(slots)
        else { return nil }
        self.beat = beat
        self.slots = slots
        takenBy = value["takenBy"]?.stringValue
    }

    /// The document.
    package var encoded: [UInt8] {
        var object: JSONObject = ["beat": .integer(beat), "slots": .integer(slots), "v": 1]
        if let takenBy { object["takenBy"] = .string(takenBy) }
        return JSONValue.object(object).serialized()
    }

    /// The most slots of an instance; more owners with unpublished changes wait for a slot.
    package static let slotLimit = 1 << 20
}

/// An owner whose changes from a sequence on may be unpublished: `{"first":9,"owner":"u1","v":1}`.
package struct OutboxSlot: Equatable, Sendable {
    /// Whose changes.
    package var owner: OwnerID
    /// The first that may be unpublished.
    package var first: Int

    /// Makes a slot of its parts.
    package init(owner: OwnerID, first: Int) {
        self.owner = owner
        self.first = first
    }

    /// Reads a slot; nil when it is none.
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
}

/// The highest sequence of an owner that is published: `{"sequence":9,"v":1}`.
package struct PublishedMark: Equatable, Sendable {
    /// The sequence.
    package var sequence: Int

    /// Makes a mark.
    package init(sequence: Int) {
        self.sequence = sequence
    }

    /// Reads a mark; nil when it is none.
    package init?(decoding bytes: [UInt8]) {
        guard let sequence = (try? JSONValue(parsing: bytes))?["sequence"]?.intValue else { return nil }
        self.init(sequence: sequence)
    }

    /// The document.
    package var encoded: [UInt8] { JSONValue.object(["sequence": .integer(sequence), "v": 1]).serialized() }
}
