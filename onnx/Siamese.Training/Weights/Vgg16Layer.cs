namespace Siamese.Training.Weights;

/// <summary>A layer of VGG-16 and where its weights stand.</summary>
/// <param name="Name">Its name in the paper's table, such as <c>conv3_1</c> or <c>fc6</c>.</param>
/// <param name="Source">The layer of the file.</param>
/// <param name="Side">The width and height of its kernel: 3 of a convolution; of a dense layer that of the plane it looks at.</param>
/// <param name="Inputs">The channels that it takes.</param>
/// <param name="Outputs">The channels that it gives.</param>
internal sealed record Vgg16Layer(string Name, KerasLayer Source, int Side, int Inputs, int Outputs)
{
    public bool IsDense => Name.StartsWith("fc", StringComparison.Ordinal);
}
