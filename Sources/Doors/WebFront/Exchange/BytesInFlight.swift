/// Limits the bytes of requests and answers in flight, per principal and in total.
///
/// Otherwise slow senders and readers could take up the memory of the others. Short requests and answers are not
/// counted: the number of connections bounds them.
package struct BytesInFlight: Sendable {
    /// The most bytes of a request or answer that is not counted.
    package static let shortest = 16 << 10

    private let bytes: Allotment

    package init(_ limits: Allotment.Limits) { bytes = Allotment(limits) }

    /// The bytes that are counted now.
    package var count: Int { bytes.taken }

    /// Counts a request or an answer of a principal until the returned share is released; `nil` for a short one.
    ///
    /// - Throws: `WebFault.tooMuchInFlight` when there is no room.
    func take(_ count: Int, of principal: Principal) throws(WebFault) -> Allotment.Share? {
        guard count > BytesInFlight.shortest else { return nil }
        do throws(Allotment.Refusal) {
            // A principal with nothing in flight always gets its bytes: the limit of a body or a page bounds them.
            return try bytes.take(count, of: principal, atLeastOne: true)
        } catch {
            throw .tooMuchInFlight(isOwners: error == .owners)
        }
    }
}
