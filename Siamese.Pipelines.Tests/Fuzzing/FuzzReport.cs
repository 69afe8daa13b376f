namespace Siamese.Pipelines.Tests.Fuzzing;

/// <summary>How a run ended.</summary>
/// <param name="Inputs">The number of inputs that were read.</param>
/// <param name="PeakBytes">The most memory that a process had, in bytes.</param>
/// <param name="Elapsed">The time of all processes.</param>
/// <param name="Findings">What must not have happened.</param>
internal sealed record FuzzReport(int Inputs, long PeakBytes, TimeSpan Elapsed, IReadOnlyList<FuzzFinding> Findings)
{
    public override string ToString() =>
        $"{Inputs:N0} inputs in {Elapsed.TotalSeconds:N0} s, at most {PeakBytes >> 20:N0} MB, {Findings.Count} findings"
        + string.Concat(Findings.Select(finding => $"{Environment.NewLine}{finding}"));
}
