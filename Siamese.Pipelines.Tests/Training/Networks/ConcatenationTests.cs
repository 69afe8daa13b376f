using Siamese.Training.Networks;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Networks;

public sealed class ConcatenationTests
{
    [Test]
    public void Branches_stand_side_by_side_in_their_order()
    {
        using var concatenation = new Concatenation(("same", nn.Identity()), ("positive", nn.ReLU()));
        using Tensor input = tensor(new float[,] { { 1, -2 }, { -3, 4 } });

        using Tensor output = concatenation.call(input);

        Assert.That(output.shape, Is.EqualTo(new long[] { 2, 4 }));
        Assert.That(output.data<float>().ToArray(), Is.EqualTo(new float[] { 1, -2, 1, 0, -3, 4, 0, 4 }));
    }

    [Test]
    public void Branches_are_registered_under_their_names()
    {
        using var concatenation = new Concatenation(("left", nn.Linear(2, 1)), ("right", nn.Linear(2, 1, hasBias: false)));

        Assert.That(concatenation.state_dict().Keys, Is.EquivalentTo(new[] { "left.weight", "left.bias", "right.weight" }));
    }

    [Test]
    public void No_branch_and_names_that_cannot_be_told_apart_are_refused()
    {
        Assert.That(() => new Concatenation(), Throws.ArgumentException.With.Property("ParamName").EqualTo("branches"));
        Assert.That(
            () => new Concatenation(("a", nn.ReLU()), ("a", nn.Tanh())), Throws.ArgumentException.With.Message.Contains("'a'"));
        Assert.That(() => new Concatenation(("a.b", nn.ReLU())), Throws.ArgumentException.With.Message.Contains("'a.b'"));
    }
}
