using Siamese.Training.Reducers;
using TorchSharp;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Reducers;

public sealed class LossReducerTests
{
    private static readonly LossReducer[] All = [new MeanReducer(), new NonZeroMeanReducer(), new SumReducer()];

    [Test]
    public void Each_reduces_as_its_name_says()
    {
        using Tensor losses = tensor(new float[] { 0, 3, 0, 1, 0.5f });

        Assert.That(Reduce(new MeanReducer(), losses), Is.EqualTo(0.9f).Within(1e-6));
        Assert.That(Reduce(new NonZeroMeanReducer(), losses), Is.EqualTo(1.5f).Within(1e-6));
        Assert.That(Reduce(new SumReducer(), losses), Is.EqualTo(4.5f).Within(1e-6));
    }

    [Test]
    public void Gradients_are_the_weights_of_the_losses()
    {
        Assert.That(GradientOf(new MeanReducer()), Is.EqualTo(new float[] { 0.25f, 0.25f, 0.25f, 0.25f }));
        Assert.That(GradientOf(new NonZeroMeanReducer()), Is.EqualTo(new float[] { 0, 0.5f, 0, 0.5f }));
        Assert.That(GradientOf(new SumReducer()), Is.EqualTo(new float[] { 1, 1, 1, 1 }));

        static float[] GradientOf(LossReducer reducer)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor losses = tensor(new float[] { 0, 3, 0, 1 }, requires_grad: true);
            reducer.Reduce(losses).backward();
            return losses.grad!.data<float>().ToArray();
        }
    }

    [Test]
    public void Losses_that_are_all_zero_reduce_to_zero_with_a_finite_gradient([ValueSource(nameof(All))] LossReducer reducer)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor losses = zeros([3], requires_grad: true);

        Tensor reduced = reducer.Reduce(losses);
        reduced.backward();

        Assert.That(reduced.item<float>(), Is.Zero);
        Assert.That(losses.grad!.data<float>().ToArray().All(float.IsFinite), Is.True);
    }

    [Test]
    public void A_loss_that_is_NaN_is_not_hidden([ValueSource(nameof(All))] LossReducer reducer)
    {
        using Tensor losses = tensor(new[] { 1, float.NaN, 2 });

        Assert.That(Reduce(reducer, losses), Is.NaN);
    }

    [Test]
    public void Reduce_leaves_no_tensor_behind([ValueSource(nameof(All))] LossReducer reducer)
    {
        using Tensor losses = ones([3], requires_grad: true);

        Assert.That(TensorLeaks.Count(() => reducer.Reduce(losses)), Is.Zero);
    }

    private static float Reduce(LossReducer reducer, Tensor losses)
    {
        using Tensor reduced = reducer.Reduce(losses);
        Assert.That(reduced.shape, Is.Empty);
        return reduced.item<float>();
    }
}
