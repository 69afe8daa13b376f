using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Training.Runs;

/// <summary>The errors of training data, worded once.</summary>
internal static class TrainingErrors
{
    public static ArgumentException OtherSize(string source, MLImage image, long row, ImageInput first) => new(
        $"{source} is an image of {image.Width}x{image.Height} in row {row}, but the first is {first.Width}x{first.Height}. "
        + $"Set {nameof(TripletNetworkOptions)}.{nameof(TripletNetworkOptions.Input)} to the size to resize all images to.",
        nameof(TripletNetworkOptions.Input));
}
