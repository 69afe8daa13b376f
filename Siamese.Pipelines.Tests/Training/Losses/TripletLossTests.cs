using Siamese.Training.Distances;
using Siamese.Training.Losses;
using Siamese.Training.Miners;
using Siamese.Training.Reducers;
using TorchSharp;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Losses;

public sealed class TripletLossTests
{
    private static readonly TripletLoss[] All = [new TripletMarginLoss(0.5), new SoftTripletLoss(0.7)];

    // Distances of no symmetry, so that a row that is taken for a column shows.
    private static readonly float[,] Distances = { { 0, 1, 4, 2.5f }, { 3, 0, 0.5f, 7 }, { 2, 6, 0, 1.5f }, { 9, 8, 5, 0 } };

    private static readonly Triplets Some = new([0, 1, 3, 2], [1, 0, 2, 3], [2, 3, 1, 0]);

    [Test]
    public void Margin_loss_agrees_with_values_by_hand()
    {
        using Tensor distances = tensor(Distances);

        // d(a, p) − d(a, n) is 1 − 4, 3 − 7, 5 − 8 and 1.5 − 2; with a margin of 3.5 the losses are 0.5, 0, 0.5 and 3.
        Assert.That(Value(new TripletMarginLoss(3.5), distances), Is.EqualTo(4 / 3.0).Within(1e-6), "mean of those that are not 0");
        Assert.That(Value(new TripletMarginLoss(3.5, new MeanReducer()), distances), Is.EqualTo(1).Within(1e-6));
        Assert.That(Value(new TripletMarginLoss(3.5, new SumReducer()), distances), Is.EqualTo(4).Within(1e-6));
        Assert.That(Value(new TripletMarginLoss(0), distances), Is.Zero);
    }

    [TestCase(1)]
    [TestCase(0.25)]
    [TestCase(10)]
    public void Soft_loss_agrees_with_the_formula(double scale)
    {
        using Tensor distances = tensor(Distances);

        double expected = new[] { -3, -4, -3, -0.5 }.Average(gap => Math.Log(1 + Math.Exp(gap / scale)));

        Assert.That(Value(new SoftTripletLoss(scale), distances), Is.EqualTo(expected).Within(1e-6));
        Assert.That(Value(new SoftTripletLoss(scale, new SumReducer()), distances), Is.EqualTo(4 * expected).Within(1e-6));
    }

    [Test]
    public void Soft_loss_of_a_hopeless_triplet_is_its_gap()
    {
        using Tensor distances = tensor(new float[,] { { 0, 500, 0 }, { 500, 0, 500 }, { 0, 500, 0 } });

        Assert.That(new SoftTripletLoss().Forward(distances, new Triplets([0], [1], [2])).item<float>(), Is.EqualTo(500));
    }

    [Test]
    public void Gradients_agree_with_differences([ValueSource(nameof(All))] TripletLoss loss)
    {
        double[,] embeddings = { { 0.1, 0.9 }, { -0.4, 0.3 }, { 0.8, -0.2 }, { 0.5, 0.6 } };

        double[] byBackpropagation = Gradient.ByBackpropagation(Of, embeddings);

        Assert.That(byBackpropagation, Is.EqualTo(Gradient.ByDifferences(Of, embeddings)).Within(1e-8));
        Assert.That(byBackpropagation, Has.Some.Not.Zero);

        Tensor Of(Tensor x) => loss.Forward(new EuclideanDistance().Matrix(x), Some);
    }

    [Test]
    public void No_triplets_give_a_loss_of_zero_with_a_gradient_of_zero(
        [ValueSource(nameof(All))] TripletLoss loss, [Values(0f, float.NaN)] float distance)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor distances = full([3, 3], distance, requires_grad: true);

        Tensor value = loss.Forward(distances, new Triplets([], [], []));
        value.backward();

        Assert.That(value.shape, Is.Empty);
        Assert.That(value.item<float>(), Is.Zero);
        Assert.That(distances.grad!.data<float>().ToArray(), Is.All.Zero);
    }

    [Test]
    public void Forward_leaves_no_tensor_behind([ValueSource(nameof(All))] TripletLoss loss, [Values] bool anyTriplets)
    {
        using Tensor distances = tensor(Distances, requires_grad: true);

        Assert.That(TensorLeaks.Count(() => loss.Forward(distances, anyTriplets ? Some : new Triplets([], [], []))), Is.Zero);
    }

    [Test]
    public void Forward_refuses_distances_that_are_not_of_all_pairs([ValueSource(nameof(All))] TripletLoss loss)
    {
        using Tensor distances = zeros(3, 4);

        Assert.That(
            () => loss.Forward(distances, Some),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("distances").And.Message.Contains("(3, 4)"));
    }

    [TestCase(-0.1)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void A_margin_that_is_no_distance_is_refused(double margin)
    {
        Assert.That(
            () => new TripletMarginLoss(margin), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("margin"));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(double.NaN)]
    public void A_scale_that_is_not_positive_is_refused(double scale)
    {
        Assert.That(
            () => new SoftTripletLoss(scale), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("scale"));
    }

    private static float Value(TripletLoss loss, Tensor distances)
    {
        using Tensor value = loss.Forward(distances, Some);
        return value.item<float>();
    }
}
