namespace Siamese.Training.Export;

/// <summary>A module that says itself how it is written as ONNX, as every module with a <c>forward</c> of its own must.</summary>
/// <remarks>
/// A <c>forward</c> is code, which an exporter cannot look into. So a module that is neither one of TorchSharp's layers nor a
/// <c>Sequential</c> of exportable modules implements this interface, and says in graph nodes what its <c>forward</c> says in tensors:
/// <code>
/// public sealed class SqueezeAndExcitation : nn.Module&lt;Tensor, Tensor&gt;, IOnnxExportable
/// {
///     private readonly Sequential gate;    // AdaptiveAvgPool2d(1), a 1x1 Conv2d, a Sigmoid
///
///     public override Tensor forward(Tensor input)
///     {
///         using Tensor weights = gate.call(input);
///         return input * weights;
///     }
///
///     string IOnnxExportable.Export(OnnxExportContext context, string input)
///     {
///         string weights = context.Export("gate", gate, input);    // a module inside: the exporter knows how, or asks it in turn
///         return context.Node("Mul", [input, weights]);            // one node for each operation of the forward
///     }
/// }
/// </code>
/// What is written must be the module's evaluation: no dropout, running statistics instead of the batch's.
/// <see cref="OnnxExporter.Verify"/> compares the two.
/// </remarks>
public interface IOnnxExportable
{
    /// <summary>Adds the module to the graph.</summary>
    /// <param name="context">The graph, seen from this module: what is added is named by the module's path.</param>
    /// <param name="input">The name of the value that the module takes, (N, ...) float32.</param>
    /// <returns>The name of the value that it gives.</returns>
    string Export(OnnxExportContext context, string input);
}
