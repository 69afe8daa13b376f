using Siamese.Pipelines.Onnx;
using Siamese.Training.Export;
using static TorchSharp.torch;

namespace Siamese.Training.Networks;

/// <summary>Divides each embedding by its Euclidean length, so that all of them lie on the unit sphere.</summary>
/// <remarks>Computes x / max(‖x‖, 1e-12), so that an embedding of zeros stays zeros.</remarks>
public sealed class L2Normalization : nn.Module<Tensor, Tensor>, IOnnxExportable
{
    /// <summary>Initializes the module.</summary>
    public L2Normalization()
        : base(nameof(L2Normalization))
    {
    }

    /// <summary>Normalises along the second dimension.</summary>
    /// <param name="input">(B, D, ...) float32.</param>
    /// <returns>Of the same shape, of length 1 along the second dimension.</returns>
    public override Tensor forward(Tensor input) => nn.functional.normalize(input, p: 2, dim: 1, eps: 1e-12);

    string IOnnxExportable.Export(OnnxExportContext context, string input) =>
        context.Node("LpNormalization", [input], OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("p", 2));
}
