namespace Siamese.Pipelines.Tests.Fuzzing;

/// <summary>What a reader must not do.</summary>
internal enum FuzzFindingKind
{
    /// <summary>Throw an exception that its documentation does not name.</summary>
    Exception,

    /// <summary>End the process.</summary>
    Death,

    /// <summary>Take longer than <see cref="FuzzRun.LongestInput"/>.</summary>
    Hang,

    /// <summary>Take more than <see cref="FuzzRun.MostMemory"/>.</summary>
    Memory,
}
