using Siamese.Training.Schedules;

namespace Siamese.Pipelines.Tests.Training.Schedules;

public sealed class LearningRateScheduleTests
{
    private static readonly LearningRateSchedule[] All =
        [new ConstantSchedule(), new CosineSchedule(), new OneCycleSchedule(), new OneCycleSchedule { Warmup = 0 }];

    [TestCase(0, 1)]
    [TestCase(1 / 3.0, 0.8)]
    [TestCase(0.5, 0.6)]
    [TestCase(2 / 3.0, 0.4)]
    [TestCase(1, 0.2)]
    public void Cosine_falls_along_half_a_wave(double progress, double expected) =>
        Assert.That(new CosineSchedule(floor: 0.2).Factor(progress), Is.EqualTo(expected).Within(1e-12));

    [TestCase(0, 0.04)]
    [TestCase(0.1, 0.52)]
    [TestCase(0.2, 1)]
    [TestCase(0.6, 0.500002)]
    [TestCase(1, 4e-6)]
    public void One_cycle_rises_and_falls_along_half_waves(double progress, double expected) =>
        Assert.That(new OneCycleSchedule().Factor(progress), Is.EqualTo(expected).Within(1e-12));

    // Printed by PyTorch 1.13's OneCycleLR(max_lr=1, total_steps=11, pct_start=0.3), which is at step i of 10 where progress is i / 10,
    // and reaches its highest at step 0.3 × 11 − 1 = 2.3.
    [TestCase(0, 0.040000000000000036)]
    [TestCase(1, 0.4223411137347358)]
    [TestCase(2, 0.9602614247226174)]
    [TestCase(3, 0.9797465678213015)]
    [TestCase(5, 0.7260870492975283)]
    [TestCase(9, 0.041045543206290856)]
    [TestCase(10, 4e-06)]
    public void One_cycle_agrees_with_PyTorchs(int step, double expected) =>
        Assert.That(new OneCycleSchedule { Warmup = 0.23 }.Factor(step / 10.0), Is.EqualTo(expected).Within(1e-12));

    [Test]
    public void Constant_stays() => Assert.That(new ConstantSchedule().Factor(0.7), Is.EqualTo(1));

    [Test]
    public void Factors_stay_in_range_and_change_little_by_little([ValueSource(nameof(All))] LearningRateSchedule schedule)
    {
        double[] factors = [.. Enumerable.Range(0, 10_001).Select(i => schedule.Factor(i / 10_000.0))];

        // The steepest is half a wave in a fifth of the run: π / 2 / 0.2 a run, 0.0008 in a ten-thousandth.
        Assert.That(factors, Is.All.GreaterThan(0).And.All.LessThanOrEqualTo(1));
        Assert.That(factors.Zip(factors.Skip(1), (a, b) => Math.Abs(b - a)), Is.All.LessThan(0.001));
    }

    [Test]
    public void No_warmup_begins_with_the_highest() =>
        Assert.That(new OneCycleSchedule { Warmup = 0 }.Factor(0), Is.EqualTo(1).Within(1e-12));

    [TestCase(-0.01)]
    [TestCase(1.01)]
    [TestCase(double.NaN)]
    public void Progress_outside_the_run_is_refused(double progress)
    {
        Assert.Multiple(() =>
        {
            foreach (LearningRateSchedule schedule in All)
            {
                Assert.That(
                    () => schedule.Factor(progress),
                    Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("progress"));
            }
        });
    }

    [TestCase(0)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public void A_factor_that_is_no_share_is_refused(double factor)
    {
        Assert.That(
            () => new CosineSchedule(factor), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("floor"));
        Assert.That(
            () => new OneCycleSchedule { Start = factor },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("Start"));
        Assert.That(
            () => new OneCycleSchedule { Floor = factor },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("Floor"));
    }

    [TestCase(-0.1)]
    [TestCase(1)]
    [TestCase(double.NaN)]
    public void A_warmup_that_leaves_no_run_is_refused(double warmup)
    {
        Assert.That(
            () => new OneCycleSchedule { Warmup = warmup },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("Warmup"));
    }
}
