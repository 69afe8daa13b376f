namespace Siamese.Training.Weights;

/// <summary>Which layer of VGG-16 gives the embedding.</summary>
public enum Vgg16Descriptor
{
    /// <summary>The second dense layer after its ReLU: 4,096 components, none negative. The descriptor of faces that its paper uses.</summary>
    Fc7,

    /// <summary>The last dense layer before the softmax: a component for each class that the network was trained on.</summary>
    Fc8,

    /// <summary>The mean of each channel behind the last pooling: 512 components, none negative. It needs no dense layers.</summary>
    AveragePool,
}
