extension JournalFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .store(let error): "\(error)"
        case .book(let error): "\(error)"
        }
    }
}
