/// A misspelled upcoming feature is ignored by the compiler without a word. Here each one that the package asks for must
/// be known and on, or this file does not compile.
enum UpcomingFeatures {
    static let checked: Set<String> = [
        "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility", "InferIsolatedConformances",
        "NonisolatedNonsendingByDefault", "ImmutableWeakCaptures",
    ]
}

#if !hasFeature(ExistentialAny)
#error("ExistentialAny is unknown to this compiler, or off")
#endif
#if !hasFeature(InternalImportsByDefault)
#error("InternalImportsByDefault is unknown to this compiler, or off")
#endif
#if !hasFeature(MemberImportVisibility)
#error("MemberImportVisibility is unknown to this compiler, or off")
#endif
#if !hasFeature(InferIsolatedConformances)
#error("InferIsolatedConformances is unknown to this compiler, or off")
#endif
#if !hasFeature(NonisolatedNonsendingByDefault)
#error("NonisolatedNonsendingByDefault is unknown to this compiler, or off")
#endif
#if !hasFeature(ImmutableWeakCaptures)
#error("ImmutableWeakCaptures is unknown to this compiler, or off")
#endif
