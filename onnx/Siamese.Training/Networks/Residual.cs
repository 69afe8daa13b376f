using Siamese.Training.Export;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Siamese.Training.Networks;

/// <summary>Adds what a body makes of its input to the input itself: He et al., Deep Residual Learning for Image Recognition, 2016.</summary>
/// <remarks>
/// Computes activation(body(x) + shortcut(x)). The body and the shortcut both see x, so neither may begin with a layer that works in
/// place. The modules inside belong to this one, and are disposed with it.
/// </remarks>
public sealed class Residual : nn.Module<Tensor, Tensor>, IOnnxExportable
{
    private const string BodyName = "body";
    private const string ShortcutName = "shortcut";
    private const string ActivationName = "activation";

    [ComponentName(Name = BodyName)]
    private readonly nn.Module<Tensor, Tensor> _body;

    [ComponentName(Name = ShortcutName)]
    private readonly nn.Module<Tensor, Tensor>? _shortcut;

    [ComponentName(Name = ActivationName)]
    private readonly nn.Module<Tensor, Tensor>? _activation;

    /// <summary>Initializes the module; what it holds is registered as <c>body</c>, <c>shortcut</c> and <c>activation</c>.</summary>
    /// <param name="body">What the input is added to.</param>
    /// <param name="shortcut">What makes the input as large as the body's output; <see langword="null"/> adds the input as it is.</param>
    /// <param name="activation">What the sum goes through, such as a ReLU; <see langword="null"/> for nothing.</param>
    public Residual(
        nn.Module<Tensor, Tensor> body, nn.Module<Tensor, Tensor>? shortcut = null, nn.Module<Tensor, Tensor>? activation = null)
        : base(nameof(Residual))
    {
        ArgumentNullException.ThrowIfNull(body);
        (_body, _shortcut, _activation) = (body, shortcut, activation);
        RegisterComponents();
    }

    /// <summary>Computes activation(body(x) + shortcut(x)).</summary>
    /// <param name="input">(B, ...) float32, what the body and the shortcut take.</param>
    /// <returns>Of the shape that both give.</returns>
    public override Tensor forward(Tensor input)
    {
        using Tensor body = _body.call(input);
        using Tensor? shortcut = _shortcut?.call(input);
        Tensor sum = body + (shortcut ?? input);
        if (_activation is null)
        {
            return sum;
        }

        using (sum)
        {
            return _activation.call(sum);
        }
    }

    string IOnnxExportable.Export(OnnxExportContext context, string input)
    {
        string body = context.Export(BodyName, _body, input);
        string shortcut = _shortcut is null ? input : context.Export(ShortcutName, _shortcut, input);
        string sum = context.Node("Add", [body, shortcut]);
        return _activation is null ? sum : context.Export(ActivationName, _activation, sum);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _body.Dispose();
            _shortcut?.Dispose();
            _activation?.Dispose();
        }

        base.Dispose(disposing);
    }
}
