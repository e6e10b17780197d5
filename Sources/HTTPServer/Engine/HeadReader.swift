internal import CMicrohttpd

/// Reads a request's head from libmicrohttpd's buffer, and finds there what it hides: NULs, and values over two lines.
@safe
struct HeadReader {
    let connection: OpaquePointer
    /// The target as sent; `nil` when its bytes are no UTF-8.
    let target: String?
    /// Where the target ends in the buffer.
    let targetEnd: UnsafePointer<CChar>
    /// The most bytes a head may have.
    let limit: Int

    func read(
        method: UnsafePointer<CChar>?,
        version: UnsafePointer<CChar>?
    ) throws(HeadFault) -> HTTPRequest {
        let buffer = limit * 2 + 8192
        guard let method = unsafe method, let version = unsafe version else { throw .malformed("no method") }
        guard unsafe cmhd_head_size(connection) <= limit else {
            throw .tooLarge(limit: limit)
        }
        if unsafe cmhd_target_is_cut(targetEnd, version, buffer) != 0 {
            throw .malformed("the request target holds a NUL")
        }
        guard let target else { throw .malformed("the request target is no UTF-8") }
        let headers = try unsafe withUnsafeTemporaryAllocation(of: cmhd_field.self, capacity: 128) {
            (fields) throws(HeadFault) -> HTTPHeaders in
            let count = unsafe cmhd_header_fields(connection, fields.baseAddress, 128)
            guard count <= 128 else { throw .tooMany(limit: 128) }
            var headers = HTTPHeaders()
            for index in 0..<count {
                let field = unsafe fields[index]
                if index + 1 < count,
                    unsafe cmhd_hides_something(field.value + field.value_length, fields[index + 1].name, buffer) != 0
                {
                    throw .malformed("a header value holds a NUL or goes on in the next line")
                }
                let end = unsafe method + cmhd_head_size(connection)
                if index + 1 == count,
                    unsafe cmhd_hides_something(field.value + field.value_length, end, buffer) != 0
                {
                    throw .malformed("a header value holds a NUL or goes on in the next line")
                }
                guard unsafe field.is_proper != 0 else {
                    throw .malformed("a header name or value holds a character that it cannot")
                }
                let name = unsafe UnsafeRawBufferPointer(start: field.name, count: field.name_length)
                let value = unsafe UnsafeRawBufferPointer(start: field.value, count: field.value_length)
                unsafe headers.add(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
            }
            return headers
        }
        return try StrictHead.request(method: unsafe String(cString: method), target: target, headers: headers)
    }
}
