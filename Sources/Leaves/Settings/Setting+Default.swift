extension Setting where Value == Int {
    /// Makes a setting that is a whole number within a range.
    package init(
        _ name: String,
        default defaultValue: Int,
        range: ClosedRange<Int> = Int.min...Int.max,
        help: String,
        short: Character? = nil,
        aliases: [String] = [],
        environment: String? = nil
    ) {
        self.init(
            name,
            .integer(range),
            default: defaultValue,
            help: help,
            short: short,
            aliases: aliases,
            environment: environment
        )
    }
}

extension Setting where Value == String {
    /// Makes a setting that is text; a secret one is masked wherever it is shown.
    package init(
        _ name: String,
        default defaultValue: String,
        help: String,
        short: Character? = nil,
        aliases: [String] = [],
        environment: String? = nil,
        isSecret: Bool = false
    ) {
        self.init(
            name,
            .string,
            default: defaultValue,
            help: help,
            short: short,
            aliases: aliases,
            environment: environment,
            isSecret: isSecret
        )
    }
}

extension Setting where Value == Bool {
    /// Makes a setting that is yes or no: `--name`, `--name=false`, `--no-name`.
    package init(
        _ name: String,
        default defaultValue: Bool,
        help: String,
        short: Character? = nil,
        aliases: [String] = [],
        environment: String? = nil
    ) {
        self.init(
            name,
            .boolean,
            default: defaultValue,
            help: help,
            short: short,
            aliases: aliases,
            environment: environment
        )
    }
}

extension Setting where Value == Duration {
    /// Makes a setting that is a length of time within a range.
    package init(
        _ name: String,
        default defaultValue: Duration,
        range: ClosedRange<Duration> = .zero...(.goLongest),
        help: String,
        short: Character? = nil,
        aliases: [String] = [],
        environment: String? = nil
    ) {
        self.init(
            name,
            .duration(range),
            default: defaultValue,
            help: help,
            short: short,
            aliases: aliases,
            environment: environment
        )
    }
}

extension Setting where Value == ByteCount {
    /// Makes a setting that is a number of bytes within a range.
    package init(
        _ name: String,
        default defaultValue: ByteCount,
        range: ClosedRange<ByteCount> = .zero...ByteCount(.max),
        help: String,
        short: Character? = nil,
        aliases: [String] = [],
        environment: String? = nil
    ) {
        self.init(
            name,
            .byteCount(range),
            default: defaultValue,
            help: help,
            short: short,
            aliases: aliases,
            environment: environment
        )
    }
}

extension Setting where Value == [String] {
    /// Makes a setting that is a list: its flag may be repeated, and commas part its items.
    package init(
        _ name: String,
        default defaultValue: [String] = [],
        help: String,
        short: Character? = nil,
        aliases: [String] = [],
        environment: String? = nil
    ) {
        self.init(
            name,
            .list,
            default: defaultValue,
            help: help,
            short: short,
            aliases: aliases,
            environment: environment
        )
    }
}

extension Setting where Value: RawRepresentable<String> & CaseIterable {
    /// Makes a setting that is one of the words of an enumeration.
    package init(
        _ name: String,
        default defaultValue: Value,
        help: String,
        short: Character? = nil,
        aliases: [String] = [],
        environment: String? = nil
    ) {
        self.init(
            name,
            .choice,
            default: defaultValue,
            help: help,
            short: short,
            aliases: aliases,
            environment: environment
        )
    }
}
