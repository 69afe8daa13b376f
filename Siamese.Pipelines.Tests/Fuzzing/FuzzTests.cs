using System.Globalization;

namespace Siamese.Pipelines.Tests.Fuzzing;

/// <summary>Reads some 20,000 damaged and hostile files in each run of the tests, and any number on demand.</summary>
public sealed class FuzzTests
{
    [TestCaseSource(typeof(FuzzTargets), nameof(FuzzTargets.Names))]
    public void A_reader_bears_any_file(string target)
    {
        FuzzReport report = FuzzRun.Of(target, first: 0, FuzzTargets.Find(target).UsualCount);

        TestContext.Out.WriteLine(report);
        Assert.That(report.Findings, Is.Empty, $"{report}");
    }

    [Test]
    public void Each_kind_of_fault_is_found_where_it_lies()
    {
        FuzzReport report = FuzzRun.Of("planted", first: 0, count: 14);

        Assert.That(report.Inputs, Is.EqualTo(14));
        Assert.That(
            report.Findings.Select(finding => (finding.Number, finding.Kind)),
            Is.EqualTo(new[]
            {
                (3, FuzzFindingKind.Exception), (5, FuzzFindingKind.Death), (7, FuzzFindingKind.Hang), (9, FuzzFindingKind.Memory),
                (11, FuzzFindingKind.Exception),
            }),
            $"{report}");
        Assert.That(report.Findings[0].Detail, Does.StartWith("System.NullReferenceException"));
        Assert.That(report.Findings[^1].Detail, Does.StartWith("System.OutOfMemoryException"));
    }

    [Test]
    public void The_faults_of_a_decoder_without_checks_are_found_among_the_usual_inputs()
    {
        FuzzReport report = FuzzRun.Of("unchecked-images", first: 0, FuzzTargets.Find("images").UsualCount);

        Assert.That(report.Findings.Select(finding => finding.Kind), Has.Some.EqualTo(FuzzFindingKind.Death), "an offset beyond 2 GB");
        Assert.That(report.Findings.Select(finding => finding.Detail), Has.Some.Contains("at most 1000000 may be"), "a frame that is larger than its screen");
    }

    [Test]
    public void An_input_is_the_same_in_each_process()
    {
        FuzzTarget target = FuzzTargets.Find("images");

        Assert.That(target.Input(123), Is.EqualTo(FuzzTargets.Find("images").Input(123)));
        Assert.That(target.Input(123), Is.Not.EqualTo(target.Input(124)));
    }

    /// <summary>SIAMESE_FUZZ_TARGET (all where it is not set), SIAMESE_FUZZ_FIRST and SIAMESE_FUZZ_COUNT choose the inputs.</summary>
    [Test]
    [Explicit("Takes as long as one likes.")]
    public void A_reader_bears_any_number_of_files()
    {
        int first = Number("SIAMESE_FUZZ_FIRST", 1_000_000);
        int count = Number("SIAMESE_FUZZ_COUNT", 100_000);
        string? only = Environment.GetEnvironmentVariable("SIAMESE_FUZZ_TARGET");
        FuzzReport[] reports = [.. FuzzTargets.Names.Where(name => only is null || name == only).Select(name =>
        {
            FuzzReport report = FuzzRun.Of(name, first, count);
            TestContext.Progress.WriteLine($"{name}: {report}");
            return report;
        })];

        Assert.That(reports.SelectMany(report => report.Findings), Is.Empty);

        static int Number(string variable, int usual) =>
            Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
    }
}
