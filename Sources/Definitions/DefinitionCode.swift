/// The diagnostic codes of provider definitions themselves: FB20xx. A code is never given another meaning.
package enum DefinitionCode {
    /// A key that definitions don't have.
    package static let unknownKey = "FB2001"
    /// A key that has to be there is missing.
    package static let missingKey = "FB2002"
    /// A list where a text is expected, and the like.
    package static let wrongType = "FB2003"
    /// A duration, rate, amount, size, pointer or template that cannot be read.
    package static let malformed = "FB2004"
    /// A word that is not one of a fixed set.
    package static let unknownWord = "FB2005"
    /// A placeholder that nothing fills.
    package static let unknownPlaceholder = "FB2006"
    /// A name that refers to nothing in the definition.
    package static let unknownName = "FB2007"
    /// A path or host that could lead a request elsewhere.
    package static let unsafeAddress = "FB2008"
    /// Two things that exclude each other.
    package static let conflict = "FB2009"
    /// Another version of the definition format.
    package static let version = "FB2010"
    /// A range whose start is above its end.
    package static let emptyRange = "FB2011"
}

/// The diagnostic codes of what a campaign asks of a provider: FB1301 to FB1339. A code is never given another meaning.
package enum CheckCode {
    /// The provider has no such operation.
    package static let operation = "FB1301"
    /// A parameter that the operation does not take.
    package static let unknownParameter = "FB1302"
    /// A parameter that has to be given.
    package static let missingParameter = "FB1303"
    /// A value of the wrong type.
    package static let wrongType = "FB1304"
    /// A value outside a closed set.
    package static let notAllowed = "FB1305"
    /// A number, length or count beyond the provider's range.
    package static let outOfRange = "FB1306"
    /// A size, token or model name that cannot be sent.
    package static let malformed = "FB1307"
    /// Two parameters that say the same thing.
    package static let conflict = "FB1308"
    /// A picture from where this provider does not take it.
    package static let mediaSource = "FB1309"
    /// A file of a type the provider does not take.
    package static let fileType = "FB1310"
    /// A file larger than the provider takes.
    package static let fileSize = "FB1311"
    /// `extra` sets what the definition sets.
    package static let extra = "FB1312"
    /// Warning: a value beside those known, where others are let through.
    package static let unknownValue = "FB1313"
    /// An overlay changes what comes from the definition only.
    package static let overlayForbidden = "FB1320"
    /// An overlay changes what is no assumption of the definition.
    package static let overlayNoGap = "FB1321"
    /// A plan, or a combination of plans, that the provider does not have.
    package static let plan = "FB1322"
    /// An account label that is no label.
    package static let account = "FB1323"
}
