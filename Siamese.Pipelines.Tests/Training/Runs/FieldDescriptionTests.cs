using System.Collections.Immutable;
using System.Globalization;
using Siamese.Training;
using Siamese.Training.Losses;
using Siamese.Training.Miners;
using Siamese.Training.Runs;
using Siamese.Training.Samplers;
using Siamese.Training.Schedules;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Runs;

public sealed class FieldDescriptionTests
{
    private static readonly Type[] Parts =
        [.. typeof(RecipePart).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(RecipePart)) && !type.IsAbstract)];

    [TestCaseSource(nameof(Parts))]
    public void Every_part_of_the_library_describes_itself(Type part) =>
        Assert.That(part.GetProperty(nameof(RecipePart.Description))!.DeclaringType, Is.EqualTo(part));

    [Test]
    public void Parts_of_the_library_name_all_their_settings_in_every_culture()
    {
        // NUnit gives the thread its culture back after the test.
        CultureInfo.CurrentCulture = new CultureInfo(string.Empty) { NumberFormat = { NumberDecimalSeparator = "," } };
        Assert.That(new TripletMarginLoss(0.3).Description, Is.EqualTo("TripletMarginLoss(Margin=0.3, Reducer=NonZeroMeanReducer)"));
        Assert.That(new DistanceWeightedMiner(7) { Cutoff = 0.25 }.Description, Is.EqualTo("DistanceWeightedMiner(Dimension=7, Cutoff=0.25, NonZeroLossCutoff=1.4)"));
        Assert.That(new OneCycleSchedule { Warmup = 0.5 }.Description, Is.EqualTo("OneCycleSchedule(Warmup=0.5, Start=0.04, Floor=4E-06)"));
        Assert.That($"{new ClassBalancedSampler(3, 4)}", Is.EqualTo("ClassBalancedSampler(ClassesPerBatch=3, ImagesPerClass=4)"));
        Assert.That($"{new Siamese.Training.Augmentation.AffineAugmentation()}", Is.EqualTo("AffineAugmentation(Shift=0.1, Rotation=10, Scale=0.1, Shear=0.1)"));
    }

    [Test]
    public void Settings_that_a_part_keeps_private_are_told_apart()
    {
        (object Setting, object Other)[] pairs =
        [
            (1, 2), (0.1, 0.2), ("a", "b"), (true, false), (DayOfWeek.Friday, DayOfWeek.Monday),
            (new[] { 1, 2 }, new[] { 2, 1 }),
            (Enumerable.Range(0, 1000).ToArray(), Enumerable.Range(1, 1000).ToArray()),
            (new double[2, 30], new double[3, 20]),
            (new[] { "a", "b" }, new[] { "a" }),
            (new List<int> { 1 }, new List<int> { 2 }),
            (new Dictionary<string, int> { ["a"] = 1 }, new Dictionary<string, int> { ["a"] = 2 }),
            (new HashSet<int> { 1 }, new HashSet<int> { 2 }),
            (ImmutableArray.Create(1), ImmutableArray.Create(2)),
            ((1, "a"), (1, "b")),
            (Tuple.Create(1), Tuple.Create(2)),
            (new Uri("https://a.example"), new Uri("https://b.example")),
            (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)),
            (new Random(1), new Random(2)),
            (typeof(int), typeof(long)),
            (new Nested(new Nested(1)), new Nested(new Nested(2))),
            (new TripletMarginLoss(0.1), new TripletMarginLoss(0.2)),
            (Closure(1), Closure(2)),
            ((Func<int>)(() => 1), (Func<int>)(() => 2)),
            (tensor(new[] { 1f }), tensor(new[] { 2f })),
        ];

        foreach ((object setting, object other) in pairs)
        {
            Assert.That(new Holder(setting).Description, Is.Not.EqualTo(new Holder(other).Description), $"{setting}");
        }
    }

    [Test]
    public void Parts_made_alike_are_described_alike()
    {
        Func<object>[] makers =
        [
            () => Enumerable.Range(0, 1000).ToArray(), () => new List<string> { "a" }, () => Closure(3), () => new Random(5), () => new Nested(1),
            () => new HashSet<int> { 1, 2 }, () => tensor(new[] { 1f }), () => new object(), () => new nint[3], () => default(ImmutableArray<int>),
            () => new CancellationTokenSource(), () => Thread.CurrentThread, () => new float[3][],
        ];

        foreach (Func<object> make in makers)
        {
            string first = new Holder(make()).Description;
            Assert.That(new Holder(make()).Description, Is.EqualTo(first));
        }

        Assert.That(new Holder(new HashSet<int> { 2, 1 }).Description, Is.EqualTo(new Holder(new HashSet<int> { 1, 2 }).Description));
    }

    [Test]
    public void No_object_overflows_the_stack_or_takes_long()
    {
        var circle = new Nested(null);
        circle.Inner = circle;
        Nested chain = new(null);
        for (int i = 0; i < 100_000; i++)
        {
            chain = new Nested(chain);
        }

        object[] nested = [null!];
        nested[0] = nested;

        object[] hostile = [circle, chain, nested, new Throwing(), new Nested(new Holder(circle)), Enumerable.Range(0, 300_000).Select(i => (object)i).ToArray()];
        foreach (object value in hostile)
        {
            Assert.That(new Holder(value).Description, Has.Length.LessThan(1100));
        }

        var one = new Other();
        one.Part = new Other { Part = one };
        Assert.That(one.Description, Has.Length.LessThan(1100));
    }

    [Test]
    public void Networks_are_told_apart_by_what_their_modules_do()
    {
        Func<nn.Module<Tensor, Tensor>>[] networks =
        [
            () => nn.Sequential(nn.Flatten(), nn.Linear(64, 4)),
            () => nn.Sequential(nn.Flatten(), nn.Linear(64, 4, hasBias: false)),
            () => nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.Dropout(0.1)),
            () => nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.Dropout(0.2)),
            () => nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.LeakyReLU(0.1)),
            () => nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.LeakyReLU(0.2)),
            () => nn.Sequential(("a", nn.Flatten()), ("b", nn.Linear(64, 4))),
            () => nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)),
            () => nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, momentum: 0.2)),
            () => nn.Sequential(nn.Conv2d(1, 4, 3, padding: 1), nn.BatchNorm2d(4)),
            () => Frozen(nn.Sequential(nn.Flatten(), nn.Linear(64, 4))),
            () => new Scaled(1),
            () => new Scaled(2),
        ];

        string[] descriptions = [.. networks.Select(make => Describe(make()))];

        Assert.That(descriptions, Is.Unique);
        Assert.That(networks.Select(make => Describe(make())), Is.EqualTo(descriptions), "weights of other random numbers");
    }

    [Test]
    public void A_network_that_was_trained_is_described_as_before()
    {
        using nn.Module<Tensor, Tensor> network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.1));
        string before = FieldDescription.Of(network);
        network.train();
        using Tensor output = network.call(rand(2, 1, 8, 8));
        output.sum().backward();

        Assert.That(FieldDescription.Of(network), Is.EqualTo(before));
    }

    private static string Describe(nn.Module network)
    {
        using (network)
        {
            return FieldDescription.Of(network);
        }
    }

    private static nn.Module<Tensor, Tensor> Frozen(nn.Module<Tensor, Tensor> network)
    {
        network.parameters().First().requires_grad = false;
        return network;
    }

    private static Func<int> Closure(int value) => () => value;

    private sealed class Holder(object? value) : LearningRateSchedule
    {
        public override double Factor(double progress) => value is null ? 0 : 1;
    }

    private sealed class Other : LearningRateSchedule
    {
        public Other? Part { get; set; }

        public override double Factor(double progress) => 1;
    }

    private sealed class Nested(object? value)
    {
        public object? Inner { get; set; } = value;
    }

    private sealed class Throwing
    {
        private readonly int _value = 3;

        public int Value => throw new InvalidOperationException($"{_value}");

        public Throwing Another => new();

        public override string ToString() => throw new InvalidOperationException();

        public override int GetHashCode() => throw new InvalidOperationException();

        public override bool Equals(object? obj) => throw new InvalidOperationException();
    }

    /// <summary>Keeps a factor where only its own forward sees it.</summary>
    private sealed class Scaled : nn.Module<Tensor, Tensor>
    {
        private readonly double _factor;
        private readonly TorchSharp.Modules.Linear _linear = nn.Linear(64, 4);

        public Scaled(double factor)
            : base(nameof(Scaled))
        {
            _factor = factor;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _linear.call(input.flatten(1)) * _factor;
    }
}
