namespace Siamese.Pipelines.Tests.Fuzzing;

/// <summary>An input that a reader did not bear.</summary>
/// <param name="Target">The reader.</param>
/// <param name="Number">The number of the input.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Detail">The exception, or the last words of the process.</param>
internal sealed record FuzzFinding(string Target, int Number, FuzzFindingKind Kind, string Detail)
{
    public override string ToString() => $"{Kind}: {Detail} Again: dotnet exec Siamese.Pipelines.Tests.dll fuzz {Target} {Number} 1";
}
