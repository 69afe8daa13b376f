using static TorchSharp.torch;

namespace Siamese.Training.Export;

/// <summary>Keeps a module in evaluation until disposed, and then gives each of its modules back the mode it was in.</summary>
internal sealed class EvaluationMode : IDisposable
{
    // Parents before children: setting a parent's mode sets that of its children too.
    private readonly List<(nn.Module Module, bool Training)> _modes;

    public EvaluationMode(nn.Module module)
    {
        _modes = [(module, module.training), .. module.modules().Select(inner => (inner, inner.training))];
        module.eval();
    }

    public void Dispose()
    {
        foreach ((nn.Module module, bool training) in _modes)
        {
            module.train(training);
        }
    }
}
