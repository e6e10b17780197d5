internal import CDaprMicrohttpd
import DaprEventLoop
import DaprHTTP
import DaprText
import Glibc

/// Reads a request's head from libmicrohttpd's buffer, and detects what libmicrohttpd hides: NULs and folded values.
///
/// libmicrohttpd keeps a head in one buffer as received and terminates each part in place. The gap between two parts
/// therefore tells what was sent between them.
@safe
struct HeadReader {
    let connection: OpaquePointer
    /// The target as sent; `nil` when its bytes are not UTF-8.
    let target: String?
    /// The bounds of the target in the buffer.
    let targetStart: UnsafePointer<CChar>
    let targetEnd: UnsafePointer<CChar>
    /// The most bytes in a head.
    let limit: Int
    let arrival: HTTPRequest.Arrival

    /// Roughly the memory that libmicrohttpd uses for each field, cookie and query parameter, in bytes.
    private static let entrySize = 64

    func read(
        method: UnsafePointer<CChar>?,
        version: UnsafePointer<CChar>?
    ) throws(HeadFault) -> (HTTPRequest, BodyFraming) {
        guard let method = unsafe method, let version = unsafe version else { throw .malformed("no method") }
        guard unsafe cmhd_head_size(connection) <= limit else {
            throw .tooLarge(limit: limit)
        }
        // A NUL ends a C string but not a part of libmicrohttpd's. Without one, the parts are exactly one byte apart.
        guard unsafe targetStart - method == strlen(method) + 1, unsafe version - targetEnd == 1 else {
            throw .malformed("the request line holds a NUL, or more than a blank between its parts")
        }
        guard let target else { throw .malformed("the request target is no UTF-8") }
        // Nearly every request has at most 24 fields, few enough for the stack.
        var fields = try unsafe fields(of: method, behind: version, atMost: 24)
        if fields == nil { fields = try unsafe self.fields(of: method, behind: version, atMost: 128) }
        guard let fields else { throw .tooMany(limit: 128) }
        let isOld = unsafe version[7] == CChar(UInt8(ascii: "0"))
        let read = try StrictHead.read(
            method: unsafe String(cString: method),
            target: target,
            headers: fields.headers,
            isOld: isOld,
            arrival: arrival
        )
        // libmicrohttpd takes the memory for its notes from the buffer for the body, which could shrink to nothing.
        if read.1.hasBody, fields.noted > limit + 1024 { throw .tooCrowded }
        return read
    }

    /// The header fields, and roughly the memory that the head takes beside its own bytes; `nil` when there are more
    /// than `capacity` fields.
    private func fields(
        of start: UnsafePointer<CChar>,
        behind version: UnsafePointer<CChar>,
        atMost capacity: Int
    ) throws(HeadFault) -> (headers: HTTPHeaders, noted: Int)? {
        try unsafe withUnsafeTemporaryAllocation(of: cmhd_field.self, capacity: capacity) {
            (fields) throws(HeadFault) -> (headers: HTTPHeaders, noted: Int)? in
            let all = unsafe cmhd_header_fields(connection, fields.baseAddress, capacity)
            let count = unsafe all.count
            guard count <= capacity else { return nil }
            let size = unsafe cmhd_head_size(connection)
            let end = unsafe start + size
            let firstLine = unsafe version + 8
            let firstName = unsafe (count > 0 ? fields[0].name : nil) ?? end
            guard unsafe strlen(version) == 8, let lineEnd = unsafe lineEnd(firstName - firstLine, isLast: count == 0)
            else { throw .malformed("the request line does not end as it should") }
            var headers = HTTPHeaders()
            headers.reserveCapacity(count)
            for index in 0..<count {
                let field = unsafe fields[index]
                let isLast = index + 1 == count
                let next = unsafe (isLast ? nil : fields[index + 1].name) ?? end
                guard let valueStart = unsafe field.value else { throw .malformed("a header field without a value") }
                let gap = unsafe next - (valueStart + field.value_length)
                guard gap == (isLast ? 2 * lineEnd : lineEnd) else {
                    throw .malformed("a header value holds a NUL, goes on in the next line or has another line end")
                }
                guard unsafe field.is_proper != 0 else {
                    throw .malformed("a header name or value holds a character that it cannot")
                }
                let name = unsafe UnsafeRawBufferPointer(start: field.name, count: field.name_length)
                let value = unsafe UnsafeRawBufferPointer(start: valueStart, count: field.value_length)
                let text = unsafe field.is_plain != 0 ? String(decoding: value, as: UTF8.self) : HeaderText.text(value)
                unsafe headers.add(String(decoding: name, as: UTF8.self), text)
            }
            // libmicrohttpd parses the cookies in a copy.
            let copied = unsafe all.has_cookies != 0 ? size : 0
            return unsafe (headers, Int(all.entries) * HeadReader.entrySize + copied)
        }
    }

    /// The length of this head's line ends, given the `count` of bytes behind its first line; `nil` when `count` is
    /// impossible.
    ///
    /// libmicrohttpd replaces line ends by NULs. A NUL that was sent adds one byte to the gap, but before a bare line
    /// feed it would look like a CR LF. So all line ends of a head must be of one kind.
    private func lineEnd(_ count: Int, isLast: Bool) -> Int? {
        switch (count, isLast) {
        case (1, false), (2, true): 1
        case (2, false), (4, true): 2
        default: nil
        }
    }
}
