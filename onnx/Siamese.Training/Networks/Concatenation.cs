using Siamese.Pipelines.Onnx;
using Siamese.Training.Export;
using TorchSharp;
using static TorchSharp.torch;

namespace Siamese.Training.Networks;

/// <summary>Puts what several branches make of one input side by side, along the channels.</summary>
/// <remarks>
/// All branches see the input, so none may begin with a layer that works in place. They belong to this module, and are disposed with it.
/// </remarks>
public sealed class Concatenation : nn.Module<Tensor, Tensor>, IOnnxExportable
{
    private const int ChannelAxis = 1;

    private readonly (string Name, nn.Module<Tensor, Tensor> Module)[] _branches;

    /// <summary>Initializes the module.</summary>
    /// <param name="branches">At least one; each is registered under its name.</param>
    /// <exception cref="ArgumentException">There is no branch, or a name is blank, holds a dot, or stands twice.</exception>
    public Concatenation(params IEnumerable<(string Name, nn.Module<Tensor, Tensor> Module)> branches)
        : base(nameof(Concatenation))
    {
        _branches = [.. branches];
        if (_branches.Length == 0)
        {
            throw new ArgumentException("There is no branch to concatenate; give one at least.", nameof(branches));
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((string name, nn.Module<Tensor, Tensor> module) in _branches)
        {
            if (string.IsNullOrWhiteSpace(name) || name.Contains('.', StringComparison.Ordinal) || !names.Add(name))
            {
                throw new ArgumentException(
                    $"The branch name '{name}' is blank, holds a dot or stands twice; name each branch as a file names its weights.",
                    nameof(branches));
            }

            register_module(name, module);
        }
    }

    /// <summary>Runs all branches and concatenates what they give.</summary>
    /// <param name="input">(B, ...) float32, what all branches take.</param>
    /// <returns>(B, C, ...), where C is the sum of the branches' channels; all other dimensions are those of each branch.</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return cat([.. _branches.Select(branch => branch.Module.call(input))], ChannelAxis).MoveToOuterDisposeScope();
    }

    string IOnnxExportable.Export(OnnxExportContext context, string input) =>
        context.Node(
            "Concat",
            [.. _branches.Select(branch => context.Export(branch.Name, branch.Module, input))],
            OnnxAttribute.Int("axis", ChannelAxis));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach ((_, nn.Module<Tensor, Tensor> module) in _branches)
            {
                module.Dispose();
            }
        }

        base.Dispose(disposing);
    }
}
