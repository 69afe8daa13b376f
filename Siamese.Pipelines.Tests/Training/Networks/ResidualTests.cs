using Siamese.Training.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Networks;

public sealed class ResidualTests
{
    [Test]
    public void The_input_is_added_to_what_the_body_gives_before_the_activation()
    {
        using var residual = new Residual(Scaling(3), activation: nn.ReLU());
        using Tensor input = tensor(new float[,] { { 1, -2 } });

        using Tensor output = residual.call(input);

        Assert.That(output.data<float>().ToArray(), Is.EqualTo(new float[] { 4, 0 }));
        Assert.That(input.data<float>().ToArray(), Is.EqualTo(new float[] { 1, -2 }));
    }

    [Test]
    public void A_shortcut_stands_for_the_input()
    {
        using var residual = new Residual(Scaling(3), shortcut: Scaling(-10));
        using Tensor input = tensor(new float[,] { { 1, -2 } });

        using Tensor output = residual.call(input);

        Assert.That(output.data<float>().ToArray(), Is.EqualTo(new float[] { -7, 14 }));
    }

    [Test]
    public void What_it_holds_is_registered_once_under_plain_names()
    {
        using var residual = new Residual(Scaling(3), Scaling(1), nn.PReLU(2));
        using var outer = new Residual(residual);

        Assert.That(
            outer.state_dict().Keys,
            Is.EquivalentTo(new[] { "body.body.weight", "body.shortcut.weight", "body.activation.weight" }));
        outer.eval();
        Assert.That(outer.modules().Select(module => module.training), Has.All.False);
    }

    [Test]
    public void Gradients_reach_the_body_and_the_shortcut()
    {
        Linear body = Scaling(3);
        Linear shortcut = Scaling(1);
        using var residual = new Residual(body, shortcut, nn.ReLU());
        using Tensor input = tensor(new float[,] { { 1, 2 } });

        residual.call(input).sum().backward();

        Assert.That(body.weight.grad!.sum().item<float>(), Is.EqualTo(6));
        Assert.That(shortcut.weight.grad!.sum().item<float>(), Is.EqualTo(6));
    }

    [Test]
    public void A_missing_body_is_refused() =>
        Assert.That(() => new Residual(null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("body"));

    private static Linear Scaling(float factor)
    {
        Linear linear = nn.Linear(2, 2, hasBias: false);
        using (no_grad())
        {
            linear.weight.copy_(eye(2) * factor);
        }

        return linear;
    }
}
