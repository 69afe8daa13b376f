namespace Siamese.Mutation;

/// <summary>One small fault.</summary>
/// <param name="Number">What switches it on.</param>
/// <param name="Place">File and line.</param>
/// <param name="Change">The code before and after.</param>
/// <param name="IsStatic">Whether the code runs once in a process, so that the mutant needs a process of its own.</param>
internal sealed record Mutant(int Number, string Place, string Change, bool IsStatic);
