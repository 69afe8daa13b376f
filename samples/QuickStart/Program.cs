// README.md shows this program and what it prints.
using Microsoft.ML;
using Siamese.Training.Datasets;

var ml = new MLContext(seed: 1);
TrainTestImages digits = MnistDataset.Load(Path.Combine(AppContext.BaseDirectory, "digits"));
IDataView train = digits.Train.ToDataView(ml);                                  // columns Image and Label

var chain = ml.Transforms.Conversion.MapValueToKey("Label")
    .Append(ml.MetricLearning.TripletNetwork("Embedding", "Image", options: new() { Dimension = 10, Epochs = 8 }))
    .Append(ml.Transforms.NormalizeLpNorm("Features", "Embedding"))
    .Append(ml.MetricLearning.SoftmaxClassifier());
ITransformer model = chain.Fit(train);                                          // trains in TorchSharp, exports to ONNX
ml.Model.Save(model, train.Schema, "digits.zip");                               // loads in any ML.NET program

IDataView test = model.Transform(digits.Test.ToDataView(ml));
Console.WriteLine($"accuracy    {ml.MulticlassClassification.Evaluate(test).MicroAccuracy:P1}");
Console.WriteLine($"precision@1 {ml.MetricLearning.Evaluate(test, model.Transform(train)).PrecisionAt1:P1}");
